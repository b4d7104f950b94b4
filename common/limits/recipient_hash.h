// What is kept of a recipient: 52 bits of a hash, which Lua's numbers hold and a set of integers
// keeps small. Two recipients of an account with 5,000 known ones share it once in 10^12 asks.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatepost::limits {

// FNV-1a of 64 bits; of them the upper 52, the better mixed ones. `recipient` in one spelling.
inline std::int64_t RecipientHash(std::string_view recipient) {
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  for (const char c : recipient) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  }
  return static_cast<std::int64_t>(hash >> 12);
}

}  // namespace gatepost::limits
