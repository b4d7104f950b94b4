// How far a warm-up is, for people: what may be sent today, what was, what waits. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/store.h"
#include "milters/ratelimit/warmup_table.h"

namespace gatepost::ratelimit {

struct WarmUpCount {
  std::string source;
  std::string provider;
  std::optional<std::int64_t> allowance;  // of any 24 hours; nothing: the warm-up is over
  std::int64_t used = 0;                  // in the last 24 hours
  std::int64_t held = 0;                  // on all hosts
};

// One for each address and provider, in the table's order of addresses. The store's error.
base::Result<std::vector<WarmUpCount>> CountWarmUp(const WarmUpTable& table, store::Store& store,
                                                   base::WallTime now, base::Deadline deadline);

}  // namespace gatepost::ratelimit
