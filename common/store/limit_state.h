// What one subject used of its limits, as the store holds it: one value, in MessagePack, written by
// limits_*.lua and by their C++ forms alike, read here for people. Pure functions; any thread.
//
//   { "s": { SLOT: [window ms, limit, slice, amount, slice, amount ...], ... },     committed
//     "x": { SLOT: [slice, attempts ...], ... },                                    refused
//     "p": { ID: [expires (Unix ms), SLOT, amount, SLOT, amount ...], ... } }       reserved
//
// A window is cut into kSlices slices by the server's clock (slice = Unix ms / (window / kSlices)).
// A slice counts until the window has left it whole: so never more than the limit passes in any
// span as long as the window, and room comes back late by at most window / kSlices.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace gatepost::store {

struct LimitState {
  static constexpr std::int64_t kSlices = 60;
  using Slices = std::vector<std::pair<std::int64_t, std::int64_t>>;  // oldest first

  struct Slot {
    std::chrono::milliseconds window{0};
    std::int64_t limit = 0;  // the one that was asked for last
    Slices used;
    friend bool operator==(const Slot&, const Slot&) = default;
  };
  struct Pending {
    std::int64_t expires_ms = 0;  // Unix time
    std::vector<std::pair<std::string, std::int64_t>> amounts;
    friend bool operator==(const Pending&, const Pending&) = default;
  };

  std::map<std::string, Slot, std::less<>> slots;
  std::map<std::string, Slices, std::less<>> refused;
  std::map<std::string, Pending, std::less<>> pending;
  friend bool operator==(const LimitState&, const LimitState&) = default;

  // kInvalid for what no script writes, kLimit beyond the bounds.
  static base::Result<LimitState> Parse(std::string_view value);
  std::string Format() const;

  // At `now_ms` (Unix time): committed and reserved, expired ones left out.
  std::int64_t Used(std::string_view slot, std::int64_t now_ms) const;
};

}  // namespace gatepost::store
