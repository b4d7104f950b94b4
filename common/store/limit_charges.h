// The charges in the arguments of kLimitsReserve and kLimitsSettle: one text for all subjects, as
// parsing one is cheaper for Redis than parsing dozens of arguments. Pure, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gatepost::store {

struct LimitCharge {
  static constexpr std::int64_t kMost = 1'000'000'000'000'000;  // of limits and amounts
  static constexpr std::chrono::milliseconds kLongestWindow = std::chrono::hours(24 * 400);

  std::string slot;
  std::chrono::milliseconds window{0};
  std::int64_t limit = 0;
  std::int64_t amount = 0;
  bool enforced = true;   // only to reserve
  bool only_new = false;  // only to reserve
  friend bool operator==(const LimitCharge&, const LimitCharge&) = default;
};

using LimitCharges = std::vector<std::vector<LimitCharge>>;  // by subject

// Numbers out of bounds become the bound.
std::string FormatToReserve(const LimitCharges& charges);
std::string FormatToSettle(const LimitCharges& charges);
// kInvalid for what the above do not write.
base::Result<LimitCharges> ParseToReserve(std::string_view text);
base::Result<LimitCharges> ParseToSettle(std::string_view text);

}  // namespace gatepost::store
