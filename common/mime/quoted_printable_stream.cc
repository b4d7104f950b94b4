#include "common/mime/quoted_printable_stream.h"

#include <utility>

#include "common/base/strings.h"
#include "common/mime/line_search.h"

namespace gatepost::mime {
namespace {

int HexDigit(char c) {
  if (base::IsAsciiDigit(c)) return c - '0';
  const char lower = base::AsciiLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

// Text up to the end of a line or to "=" goes as one, and so does what is encoded; the rest
// character by character.
void QuotedPrintableStream::Feed(std::string_view piece, std::string& out) {
  while (!piece.empty()) {
    std::size_t taken = 0;
    if (escaped_.empty()) {
      taken = piece.front() == '=' ? TakeOctet(piece, out) : TakeText(piece, out);
    }
    if (taken == 0) {
      Put(piece.front(), out);
      taken = 1;
    }
    piece.remove_prefix(taken);
  }
}

// Both return how much they took; nothing is left to Put.
std::size_t QuotedPrintableStream::TakeOctet(std::string_view piece, std::string& out) {
  if (piece.size() < 3) return 0;
  const int high = HexDigit(piece[1]), low = HexDigit(piece[2]);
  if (high < 0 || low < 0) return 0;
  if (!blanks_.empty()) out += std::exchange(blanks_, {});
  out.push_back(static_cast<char>(high * 16 + low));
  return 3;
}

// Blanks in front and at the end are left, so that none is looked at time and again.
std::size_t QuotedPrintableStream::TakeText(std::string_view piece, std::string& out) {
  if (IsBlank(piece.front())) return 0;
  const auto text = piece.substr(0, FindLineEndOrEquals(piece));
  const auto taken = text.find_last_not_of(" \t") + 1;
  if (taken == 0) return 0;
  if (!blanks_.empty()) out += std::exchange(blanks_, {});
  out.append(text.substr(0, taken));
  return taken;
}

void QuotedPrintableStream::Put(char character, std::string& out) {
  if (escaped_.empty()) return PutPlain(character, out);
  const char last = escaped_.back();
  if (character == '\n') return escaped_.clear();  // a soft line break; blanks before it go, too
  const bool breaks = last == '\r' || IsBlank(last);
  if (!breaks && escaped_.size() == 2) {
    const int high = HexDigit(last), low = HexDigit(character);
    if (high < 0 || low < 0) {
      GiveUp(out);
      return Put(character, out);
    }
    escaped_.clear();
    return out.push_back(static_cast<char>(high * 16 + low));
  }
  const bool may_break = character == '\r' || IsBlank(character);
  const bool goes_on = breaks ? may_break && last != '\r' : may_break || HexDigit(character) >= 0;
  if (goes_on && escaped_.size() < kMostBlanks) return escaped_.push_back(character);
  GiveUp(out);
  Put(character, out);
}

void QuotedPrintableStream::PutPlain(char character, std::string& out) {
  if (character == '=') {
    out += std::exchange(blanks_, {});
    escaped_ = "=";
  } else if (IsBlank(character) && blanks_.size() < kMostBlanks) {
    blanks_.push_back(character);
  } else {
    if (character != '\r' && character != '\n') out += blanks_;
    blanks_.clear();
    out.push_back(character);
  }
}

// It stands for itself.
void QuotedPrintableStream::GiveUp(std::string& out) {
  ++damaged_;
  out += std::exchange(escaped_, {});
}

void QuotedPrintableStream::Finish(std::string& out) {
  if (escaped_ != "=" && !escaped_.empty()) GiveUp(out);
  escaped_.clear();
  blanks_.clear();
}

}  // namespace gatepost::mime
