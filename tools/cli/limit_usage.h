// What was used of limits, read from the store for people.
#pragma once

#include <cstddef>
#include <vector>

#include "common/limits/limit.h"
#include "common/store/limit_state.h"
#include "tools/cli/command.h"

namespace gatepost::cli {

// One row for each slot: limit, used, of how many, reserved, refused attempts.
Columns DescribeUsage(const store::LimitState& state, base::WallTime now,
                      const std::vector<limits::Limit>& active);

// Those who used the largest share of a limit, among all that the store counts. Looks at each of
// them: seconds for a million.
Columns FindNearest(Context& context, std::size_t count, const std::vector<limits::Limit>& active);

}  // namespace gatepost::cli
