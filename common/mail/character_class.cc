#include "common/mail/character_class.h"

namespace gatepost::mail {
namespace {

constexpr bool IsPlain(char c) { return (c >= 0x20 && c < 0x7f) || c == '\t'; }

unsigned char ByteAt(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

bool IsContinuation(std::string_view text, std::size_t at) {
  return (ByteAt(text, at) & 0xc0) == 0x80;
}

// The bounds of the second byte keep out overlong forms, surrogates and what is above U+10FFFF.
bool IsSecondByte(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xe0:
      return second >= 0xa0 && second <= 0xbf;
    case 0xed:
      return second >= 0x80 && second <= 0x9f;
    case 0xf0:
      return second >= 0x90 && second <= 0xbf;
    case 0xf4:
      return second >= 0x80 && second <= 0x8f;
    default:
      return second >= 0x80 && second <= 0xbf;
  }
}

// The length of the fold's line end at text[at]: 1 for LF, 2 for CRLF, 0 where no fold stands.
std::size_t FoldLength(std::string_view text, std::size_t at) {
  const std::size_t length = text[at] == '\r' ? 2 : 1;
  const bool ends = ByteAt(text, at + length - 1) == '\n';
  const unsigned char next = ByteAt(text, at + length);
  return ends && (next == ' ' || next == '\t') ? length : 0;
}

bool IsC1Control(std::string_view text, std::size_t at) {
  return ByteAt(text, at) == 0xc2 && ByteAt(text, at + 1) < 0xa0;
}

// The length of what stands at text[at] if it is clean, else 0.
std::size_t CleanLength(std::string_view text, std::size_t at) {
  if (IsNonAscii(text[at])) return IsC1Control(text, at) ? 0 : Utf8Length(text, at);
  if (text[at] == '\r' || text[at] == '\n') return FoldLength(text, at);
  return 0;
}

}  // namespace

bool IsDotAtom(std::string_view text) {
  bool word = false;
  for (char c : text) {
    if (c != '.' ? !IsAtext(c) : !word) return false;
    word = c != '.';
  }
  return word;
}

std::size_t Utf8Length(std::string_view text, std::size_t at) {
  const unsigned char first = ByteAt(text, at);
  if (first < 0xc2 || first > 0xf4) return first < 0x80 && at < text.size() ? 1 : 0;
  if (!IsSecondByte(first, ByteAt(text, at + 1))) return 0;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (std::size_t i = 2; i < length; ++i) {
    if (!IsContinuation(text, at + i)) return 0;
  }
  return length;
}

bool IsCleanText(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (IsPlain(text[at])) {
      ++at;
      continue;
    }
    const std::size_t length = CleanLength(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace gatepost::mail
