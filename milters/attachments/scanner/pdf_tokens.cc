#include "milters/attachments/scanner/pdf_tokens.h"

#include <algorithm>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

bool IsBlank(char c) { return base::IsMailSpace(c) || c == '\f' || c == '\0'; }
bool IsDelimiter(char c) {
  return c == '(' || c == ')' || c == '<' || c == '>' || c == '[' || c == ']' || c == '{' ||
         c == '}' || c == '/' || c == '%';
}
bool IsRegular(char c) { return !IsBlank(c) && !IsDelimiter(c); }

int HexDigit(char c) {
  if (base::IsAsciiDigit(c)) return c - '0';
  const char lower = base::AsciiLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

void PdfTokens::Put(char c) {
  if (value_.size() < kMostToken) value_ += c;
}

void PdfTokens::SkipBlanks() {
  while (at_ < text_.size()) {
    if (text_[at_] == '%') {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
    } else if (IsBlank(text_[at_])) {
      ++at_;
    } else {
      return;
    }
  }
}

PdfTokens::Kind PdfTokens::Next() {
  SkipBlanks();
  value_.clear();
  if (at_ >= text_.size()) return Kind::kEnd;
  const char c = text_[at_++];
  switch (c) {
    case '/':
      return Name();
    case '(':
      return unended_ ? Kind::kOpen : Literal();
    case '[':
    case '{':
      return Kind::kOpen;
    case ']':
    case '}':
    case ')':
      return Kind::kClose;
    case '<':
      if (Peek() != '<') return Hexadecimal();
      ++at_;
      return Kind::kOpen;
    case '>':
      if (Peek() == '>') ++at_;
      return Kind::kClose;
    default:
      --at_;
      return Word();
  }
}

PdfTokens::Kind PdfTokens::Name() {
  while (at_ < text_.size() && IsRegular(text_[at_])) {
    const int high = HexDigit(Peek(1)), low = HexDigit(Peek(2));
    if (text_[at_] == '#' && high >= 0 && low >= 0) {
      Put(static_cast<char>(high * 16 + low));
      at_ += 3;
    } else {
      Put(text_[at_++]);
    }
  }
  return Kind::kName;
}

// After a backslash: an octal number, a letter for a control, the end of a line, or itself.
void PdfTokens::Escape() {
  constexpr std::string_view kLetters = "nrtbf", kControls = "\n\r\t\b\f";
  if (Peek() >= '0' && Peek() <= '7') {
    int value = 0;
    for (int i = 0; i < 3 && Peek() >= '0' && Peek() <= '7'; ++i) {
      value = value * 8 + (text_[at_++] - '0');
    }
    return Put(static_cast<char>(value & 0xFF));
  }
  const char c = Peek();
  ++at_;
  if (c == '\r' || c == '\n') return;
  const std::size_t letter = kLetters.find(c);
  Put(letter == kLetters.npos ? c : kControls[letter]);
}

PdfTokens::Kind PdfTokens::Literal() {
  std::size_t depth = 1;
  // A string that never ends would hide what follows: no reader takes one so long.
  constexpr std::size_t kLongest = 1 << 20;
  const std::size_t start = at_;
  while (at_ < text_.size() && at_ - start < kLongest) {
    const char c = text_[at_++];
    if (c == '\\') {
      Escape();
      continue;
    }
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) return Kind::kString;
    Put(c);
  }
  unended_ = true;
  value_.clear();
  at_ = start;
  return Kind::kOpen;
}

PdfTokens::Kind PdfTokens::Hexadecimal() {
  int high = -1;
  const std::size_t start = at_;
  for (; at_ < text_.size() && text_[at_] != '>'; ++at_) {
    const int digit = HexDigit(text_[at_]);
    if (digit < 0 && !IsBlank(text_[at_])) {
      at_ = start;
      return Kind::kString;
    }
    if (digit < 0) continue;
    if (high >= 0) Put(static_cast<char>(high * 16 + digit));
    high = high >= 0 ? -1 : digit;
  }
  if (high >= 0) Put(static_cast<char>(high * 16));
  at_ = std::min(at_ + 1, text_.size());
  return Kind::kString;
}

PdfTokens::Kind PdfTokens::Word() {
  const std::size_t start = at_;
  while (at_ < text_.size() && IsRegular(text_[at_])) ++at_;
  value_ = text_.substr(start, std::min(at_ - start, kMostToken));
  if (value_.size() > 18 || !std::ranges::all_of(value_, base::IsAsciiDigit)) {
    return Kind::kKeyword;
  }
  number_ = 0;
  for (const char c : value_) number_ = number_ * 10 + static_cast<std::uint64_t>(c - '0');
  return Kind::kNumber;
}

}  // namespace gatepost::attachments
