#include "common/mime/quoted_printable_stream.h"

#include <utility>

#include "common/base/strings.h"

namespace gatepost::mime {
namespace {

int HexDigit(char c) {
  if (base::IsAsciiDigit(c)) return c - '0';
  const char lower = base::AsciiLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

void QuotedPrintableStream::Feed(std::string_view piece, std::string& out) {
  for (const char character : piece) Put(character, out);
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
