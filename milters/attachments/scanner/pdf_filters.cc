#include "milters/attachments/scanner/pdf_filters.h"

#include <algorithm>
#include <cstdint>

#include "common/base/strings.h"
#include "milters/attachments/scanner/inflater.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kMostFilters = 8;

std::string DecodeHexadecimal(std::string_view packed) {
  std::string out;
  int high = -1;
  for (const char c : packed) {
    if (c == '>') break;
    const char lower = base::AsciiLower(c);
    const int digit = base::IsAsciiDigit(c)          ? c - '0'
                      : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                                     : -1;
    if (digit < 0) continue;
    if (high >= 0) out += static_cast<char>(high * 16 + digit);
    high = high >= 0 ? -1 : digit;
  }
  if (high >= 0) out += static_cast<char>(high * 16);
  return out;
}

void PutGroup(std::uint64_t value, std::size_t bytes, std::string& out) {
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (24 - 8 * i) & 0xFF);
}

// Five characters make four bytes; "z" stands for four zeros.
std::string DecodeAscii85(std::string_view packed) {
  std::string out;
  std::uint64_t value = 0;
  std::size_t count = 0;
  for (const char c : packed) {
    if (c == '~') break;
    if (c == 'z' && count == 0) PutGroup(0, 4, out);
    if (c < '!' || c > 'u') continue;
    value = value * 85 + static_cast<std::uint64_t>(c - '!');
    if (++count < 5) continue;
    PutGroup(value, 4, out);
    value = count = 0;
  }
  if (count < 2) return out;
  for (std::size_t i = count; i < 5; ++i) value = value * 85 + 84;
  PutGroup(value, count - 1, out);
  return out;
}

// A count, then so many bytes and one, or one byte that is repeated; 128 ends it.
std::string DecodeRunLengths(std::string_view packed, std::size_t most) {
  std::string out;
  for (std::size_t at = 0; at < packed.size() && out.size() < most;) {
    const std::size_t count = static_cast<unsigned char>(packed[at++]);
    if (count == 128) break;
    if (count < 128) {
      out += packed.substr(at, count + 1);
      at = std::min(at + count + 1, packed.size());
    } else if (at < packed.size()) {
      out.append(257 - count, packed[at++]);
    }
  }
  return out;
}

bool IsOneOf(std::string_view name, std::string_view full, std::string_view brief) {
  return name == full || name == brief;
}

}  // namespace

std::optional<std::string> DecodePdfStream(std::string packed,
                                           const std::vector<std::string>& filters,
                                           std::size_t most) {
  if (filters.size() > kMostFilters) return std::nullopt;
  for (const std::string& filter : filters) {
    if (IsOneOf(filter, "FlateDecode", "Fl")) {
      packed = Inflate(packed, most);
    } else if (IsOneOf(filter, "ASCIIHexDecode", "AHx")) {
      packed = DecodeHexadecimal(packed);
    } else if (IsOneOf(filter, "ASCII85Decode", "A85")) {
      packed = DecodeAscii85(packed);
    } else if (IsOneOf(filter, "RunLengthDecode", "RL")) {
      packed = DecodeRunLengths(packed, most);
    } else if (filter != "Crypt") {
      return std::nullopt;
    }
  }
  return packed;
}

}  // namespace gatepost::attachments
