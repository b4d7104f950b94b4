// ASCII text without locale: mail's grammars know ASCII case alone. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatepost::base {

constexpr char AsciiLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsAsciiAlpha(char c) { return AsciiLower(c) >= 'a' && AsciiLower(c) <= 'z'; }
// The white space of RFC 5322: space, tab, CR, LF.
constexpr bool IsMailSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string ToLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix);

// Without the mail white space at both ends; points into `text`.
std::string_view Trim(std::string_view text);

// All parts between separators, empty ones included; points into `text`.
std::vector<std::string_view> Split(std::string_view text, char separator);

// What stands before and after the first separator, or nothing where there is none.
std::optional<std::pair<std::string_view, std::string_view>> SplitOnce(std::string_view text,
                                                                       char separator);

// For logs and replies: controls and bytes above 0x7e become '?', and what is longer than
// `max_bytes` is cut and ends in "...".
std::string Printable(std::string_view text, std::size_t max_bytes = 256);

// Hash and equality for unordered containers keyed by text, found by string_view.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};

}  // namespace gatepost::base
