#include "common/auth/spf_macro.h"

#include <algorithm>
#include <chrono>

#include "common/base/strings.h"

namespace gatepost::auth {
namespace {

using base::ErrorKind;
using base::Fail;

constexpr std::size_t kLongestName = 253;
// "at least 127" parts must be told apart (section 7.3); beyond this all of them are meant.
constexpr std::size_t kMostParts = 100'000;
constexpr std::string_view kDelimiters = ".-+,/_=";
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool IsMacroLiteral(char c, SpfMacroUse use) {
  return (c > 0x20 && c < 0x7f && c != '%') || (c == ' ' && use == SpfMacroUse::kExplanation);
}

bool IsAlphanumeric(char c) { return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c); }

// toplabel of section 7.1: letters, digits and inner hyphens, and not digits alone.
bool IsTopLabel(std::string_view label) {
  if (label.empty() || !IsAlphanumeric(label.front()) || !IsAlphanumeric(label.back())) {
    return false;
  }
  return std::ranges::all_of(label, [](char c) { return IsAlphanumeric(c) || c == '-'; }) &&
         !std::ranges::all_of(label, base::IsAsciiDigit);
}

// What follows the last macro of a domain-spec: "." toplabel ["."], or nothing at all.
bool EndsInTopLabel(std::string_view tail) {
  if (tail.ends_with('.')) tail.remove_suffix(1);
  const std::size_t dot = tail.rfind('.');
  return dot != std::string_view::npos && IsTopLabel(tail.substr(dot + 1));
}

// %{i}: dotted quads, or the nibbles of an IPv6 address with dots between.
std::string DottedAddress(const base::IpAddress& client) {
  if (!client.is_v6()) return client.Format();
  std::string text;
  for (std::size_t i = 0; i < 16; ++i) {
    const unsigned byte = client.bytes()[i];
    for (const unsigned nibble : {byte >> 4U, byte & 0xfU}) {
      if (!text.empty()) text += '.';
      text += kHexDigits[nibble];
    }
  }
  return text;
}

std::string Seconds(base::WallTime time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

std::string Value(char letter, const SpfMacroValues& values) {
  switch (letter) {
    case 's':
      return std::string(values.local_part) + '@' + std::string(values.sender_domain);
    case 'l':
      return std::string(values.local_part);
    case 'o':
      return std::string(values.sender_domain);
    case 'd':
      return std::string(values.domain);
    case 'i':
      return DottedAddress(values.client);
    case 'p':
      return std::string(values.validated_name);
    case 'v':
      return values.client.is_v6() ? "ip6" : "in-addr";
    case 'h':
      return std::string(values.helo);
    case 'c':
      return values.client.Format();
    case 'r':
      return std::string(values.receiver);
    default:
      return Seconds(values.now);
  }
}

std::vector<std::string_view> SplitAtAny(std::string_view text, std::string_view delimiters) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find_first_of(delimiters);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string Join(const std::vector<std::string_view>& parts, std::size_t first) {
  std::string text(parts[first]);
  for (std::size_t i = first + 1; i < parts.size(); ++i) {
    text += '.';
    text += parts[i];
  }
  return text;
}

// unreserved of RFC 3986 stands for itself.
std::string UrlEscape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (IsAlphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      escaped += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    escaped += '%';
    escaped += kHexDigits[byte >> 4U];
    escaped += kHexDigits[byte & 0xfU];
  }
  return escaped;
}

std::string CutFromLeft(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  if (name.size() <= kLongestName) return name;
  const std::size_t dot = name.find('.', name.size() - kLongestName - 1);
  return dot == std::string::npos ? std::string() : name.substr(dot + 1);
}

}  // namespace

base::Result<SpfMacroString> SpfMacroString::Parse(std::string_view text, SpfMacroUse use) {
  SpfMacroString macro;
  std::size_t tail = 0;  // what follows the last macro begins here
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] != '%') {
      if (!IsMacroLiteral(text[i], use)) return Fail(ErrorKind::kInvalid, "a character");
      macro.AddLiteral(text.substr(i++, 1));
      continue;
    }
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == '{') {
      const std::size_t end = text.find('}', i);
      if (end == std::string_view::npos) return Fail(ErrorKind::kInvalid, "an open macro");
      auto piece = ParseMacro(text.substr(i + 2, end - i - 2), use);
      if (!piece) return tl::unexpected(std::move(piece.error()));
      macro.pieces_.push_back(std::move(*piece));
      i = end + 1;
    } else {
      if (next != '%' && next != '_' && next != '-') return Fail(ErrorKind::kInvalid, "a lone %");
      macro.AddLiteral(next == '%' ? "%" : next == '_' ? " " : "%20");
      i += 2;
    }
    tail = i;
  }
  if (use == SpfMacroUse::kName && (tail < text.size() || text.empty()) &&
      !EndsInTopLabel(text.substr(tail))) {
    return Fail(ErrorKind::kInvalid, "no top-level label");
  }
  return macro;
}

// macro-letter transformers *delimiter.
base::Result<SpfMacroString::Piece> SpfMacroString::ParseMacro(std::string_view inside,
                                                               SpfMacroUse use) {
  const std::string_view letters = use == SpfMacroUse::kName ? "slodiphv" : "slodiphvcrt";
  if (inside.empty() || letters.find(base::AsciiLower(inside[0])) == std::string_view::npos) {
    return Fail(ErrorKind::kInvalid, "a macro letter");
  }
  Piece piece;
  piece.letter = base::AsciiLower(inside[0]);
  piece.escaped = inside[0] != piece.letter;
  inside.remove_prefix(1);
  const bool counted = !inside.empty() && base::IsAsciiDigit(inside[0]);
  for (; !inside.empty() && base::IsAsciiDigit(inside[0]); inside.remove_prefix(1)) {
    piece.parts =
        std::min(kMostParts, piece.parts * 10 + static_cast<std::size_t>(inside[0] - '0'));
  }
  if (counted && piece.parts == 0) return Fail(ErrorKind::kInvalid, "a macro of 0 parts");
  if (!inside.empty() && base::AsciiLower(inside[0]) == 'r') {
    piece.reversed = true;
    inside.remove_prefix(1);
  }
  if (inside.find_first_not_of(kDelimiters) != std::string_view::npos) {
    return Fail(ErrorKind::kInvalid, "a macro delimiter");
  }
  piece.text = inside;
  return piece;
}

void SpfMacroString::AddLiteral(std::string_view text) {
  if (pieces_.empty() || pieces_.back().letter != 0) pieces_.emplace_back();
  pieces_.back().text += text;
}

bool SpfMacroString::NeedsValidatedName() const {
  return std::ranges::any_of(pieces_, [](const Piece& piece) { return piece.letter == 'p'; });
}

std::string SpfMacroString::Expand(const Piece& piece, const SpfMacroValues& values) {
  if (piece.letter == 0) return piece.text;
  std::string value = Value(piece.letter, values);
  if (piece.parts > 0 || piece.reversed || !piece.text.empty()) {
    auto parts = SplitAtAny(value, piece.text.empty() ? "." : std::string_view(piece.text));
    if (piece.reversed) std::ranges::reverse(parts);
    const bool all = piece.parts == 0 || piece.parts >= parts.size();
    value = Join(parts, all ? 0 : parts.size() - piece.parts);
  }
  return piece.escaped ? UrlEscape(value) : value;
}

// From the right, because only the last bytes can stay: a name is never longer on the way than
// one value more than it may be.
std::string SpfMacroString::ExpandName(const SpfMacroValues& values) const {
  std::vector<std::string> expanded;
  std::size_t size = 0;
  for (auto piece = pieces_.rbegin(); piece != pieces_.rend() && size <= kLongestName + 1;
       ++piece) {
    expanded.push_back(Expand(*piece, values));
    size += expanded.back().size();
  }
  std::string name;
  for (auto part = expanded.rbegin(); part != expanded.rend(); ++part) name += *part;
  return CutFromLeft(std::move(name));
}

std::string SpfMacroString::ExpandText(const SpfMacroValues& values, std::size_t max_bytes) const {
  std::string text;
  for (const Piece& piece : pieces_) {
    text += Expand(piece, values);
    if (text.size() > max_bytes) break;
  }
  if (text.size() > max_bytes) text.resize(max_bytes);
  return text;
}

}  // namespace gatepost::auth
