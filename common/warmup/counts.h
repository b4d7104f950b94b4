// How far a warm-up is: what may be sent today, what was, what waits. The ledger counts it under
// Subject() by DayLimit(). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/limits/limit.h"
#include "common/store/store.h"

namespace gatepost::warmup {

// Of all that a warm-up counts; its amount is the day's allowance.
const limits::Limit& DayLimit();
// What an address's mail to a provider is counted under.
std::string Subject(std::string_view source, std::string_view provider);

// What waits for room, on all hosts.
struct Waiting {
  std::string source;
  std::string provider;
  std::int64_t held = 0;
  base::WallTime since{};  // of the oldest
  friend bool operator==(const Waiting&, const Waiting&) = default;
};
base::Result<std::vector<Waiting>> CountWaiting(store::Store& store, base::Deadline deadline);

// Messages of the last 24 hours by this source, one number for each provider. The store's error.
base::Result<std::vector<std::int64_t>> CountUsed(std::string_view source,
                                                  const std::vector<std::string>& providers,
                                                  base::WallTime now, store::Store& store,
                                                  base::Deadline deadline);

}  // namespace gatepost::warmup
