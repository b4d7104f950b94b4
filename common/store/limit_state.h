// What one subject used of its limits, as the store holds it: one value, written by limits_*.lua
// and by their C++ forms alike, read here for people. Pure functions; any thread.
//
// A window is cut into kSlices slices by the server's clock (slice = Unix ms * kSlices / window,
// rounded down). A slice counts until the window has left it whole: so never more than the limit
// passes in any span as long as the window, and room comes back late by at most window / kSlices.
//
// The value is a row of values in MessagePack, without a head:
//   form (1), when the first and the last reservation expire (Unix ms; may be too early or late
//   by reservations that are gone), the reservations (a text), and for each slot
//   name, window in ms, limit, newest slice, amount in it, sum of older slices, older slices
//   (a text), sum reserved, refused attempts (a text)
// Reservations: a row of id, [expires in Unix ms, number of the slot, amount, ...]. Older slices:
// [slices before the newest, amount, ...], the oldest first. Refused: [slice, attempts, ...]. An
// empty text stands for none. The sums and the texts spare the scripts most of the reading.
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
  static constexpr std::size_t kMostBytes = 1 << 20;
  using Slices = std::vector<std::pair<std::int64_t, std::int64_t>>;  // oldest first

  struct Slot {
    std::chrono::milliseconds window{0};
    std::int64_t limit = 0;   // the one that was asked for last
    std::int64_t newest = 0;  // the slice at the last write; no used one is newer
    Slices used;
    friend bool operator==(const Slot&, const Slot&) = default;
  };
  struct Pending {
    std::int64_t expires_ms = 0;  // Unix time
    std::vector<std::pair<std::string, std::int64_t>> amounts;
    friend bool operator==(const Pending&, const Pending&) = default;
  };

  std::map<std::string, Slot, std::less<>> slots;
  std::map<std::string, Slices, std::less<>> refused;  // of slots that are there
  std::map<std::string, Pending, std::less<>> pending;
  friend bool operator==(const LimitState&, const LimitState&) = default;

  // kInvalid for what no script writes, kLimit beyond the bounds.
  static base::Result<LimitState> Parse(std::string_view value);
  std::string Format() const;

  // The slice of a window in which `now_ms` (Unix time) lies, and when a slice has left the window.
  static std::int64_t SliceAt(std::int64_t now_ms, std::chrono::milliseconds window);
  static std::int64_t LeavesAt(std::int64_t slice, std::chrono::milliseconds window);

  // Drops what has expired by `now_ms` (Unix time): slices, reservations, empty slots. A clock that
  // went back: what counted last counts as of now, so nothing is forgotten early, and nothing stays
  // longer than a window from now on.
  void Advance(std::int64_t now_ms);
  // At `now_ms`: committed and reserved, expired ones left out.
  std::int64_t Used(std::string_view slot, std::int64_t now_ms) const;
  // Reserved in a slot, expired or not.
  std::int64_t Reserved(std::string_view slot) const;
};

}  // namespace gatepost::store
