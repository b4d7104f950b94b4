// What is kept of a recipient: 52 bits of a hash, which Lua's numbers hold and a set of integers
// keeps small. Two recipients of an account with 5,000 known ones share it once in 10^12 asks.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatepost::limits {

// FNV-1a of 64 bits, folded. `recipient` in one spelling.
inline std::int64_t RecipientHash(std::string_view recipient) {
  constexpr std::uint64_t kMask = (std::uint64_t{1} << 52) - 1;
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325U;
  for (const char c : recipient) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3U;
  }
  return static_cast<std::int64_t>((hash ^ hash >> 52) & kMask);
}

}  // namespace gatepost::limits
