// Which bytes may stand where in a header field (RFC 5322, RFC 6532) and whether text is clean
// enough to be parsed at all. Used by the parsers of this folder. Pure functions, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "common/base/strings.h"

namespace gatepost::mail {

namespace internal {
constexpr bool IsAtextByte(unsigned c) {
  if (c >= 0x80) return true;  // UTF-8, valid once IsCleanText said so
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
  return c != 0 && std::string_view("!#$%&'*+-/=?^_`{|}~").find(static_cast<char>(c)) !=
                       std::string_view::npos;
}

constexpr std::array<bool, 256> MakeAtextTable() {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = IsAtextByte(c);
  return table;
}
inline constexpr std::array<bool, 256> kAtext = MakeAtextTable();

// tspecials of RFC 2045 that are atext, and the one token byte that is not.
constexpr std::array<bool, 256> MakeTokenTable() {
  std::array<bool, 256> table = MakeAtextTable();
  table['/'] = table['?'] = table['='] = false;
  table['.'] = true;
  return table;
}
inline constexpr std::array<bool, 256> kToken = MakeTokenTable();
}  // namespace internal

// atext of RFC 5322 section 3.2.3 with the UTF-8 of RFC 6532.
constexpr bool IsAtext(char c) { return internal::kAtext[static_cast<unsigned char>(c)]; }
// A byte of a token of RFC 2045 section 5.1, with the UTF-8 of RFC 8601 section 2.2.
constexpr bool IsTokenByte(char c) { return internal::kToken[static_cast<unsigned char>(c)]; }
constexpr bool IsNonAscii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
constexpr bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// A byte of a domain name in ASCII: letters, digits, hyphen, underscore and the dot.
constexpr bool IsNameByte(char c) {
  return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '-' || c == '_' || c == '.';
}

// atext and single dots between: what a local part needs to stand without quotes.
bool IsDotAtom(std::string_view text);

// The length of the well-formed UTF-8 sequence at text[at] (RFC 3629); 0 where there is none.
std::size_t Utf8Length(std::string_view text, std::size_t at);

// Nothing but printable ASCII, well-formed UTF-8, blanks, tabs and folds (LF or CRLF, then a blank
// or tab). So: no NUL, no C0 or C1 control (RFC 5198), no bare CR or LF.
bool IsCleanText(std::string_view text);

}  // namespace gatepost::mail
