// gatepost warmup: how far each new sending address is, from what the hosts told of their tables.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/warmup/counts.h"
#include "common/warmup/schedule.h"
#include "tools/cli/command.h"

namespace gatepost::cli {

// The addresses of all hosts, each once; one that hosts describe differently, as often as it is.
struct WarmedUp {
  warmup::Source source;
  std::vector<std::string> providers;
};
std::vector<WarmedUp> JoinSchedules(const std::map<std::string, warmup::Schedule>& by_host);

// One provider's row of an address: name, address, provider, day of the curve, what was used of the
// day's allowance, what waits, the next step where there is one.
std::vector<std::string> DescribeWarmUp(const warmup::Source& source,
                                        const warmup::Waiting& waiting, std::int64_t used,
                                        base::WallTime now);

int WarmUp(Context& context, Arguments& arguments);

}  // namespace gatepost::cli
