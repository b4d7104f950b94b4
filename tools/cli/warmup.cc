#include "tools/cli/warmup.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

namespace gatepost::cli {
namespace {

using warmup::Schedule;
using warmup::Source;
using warmup::Waiting;

std::string DescribeDay(const Source& source, base::WallTime now) {
  const std::int64_t day = source.Day(now);
  if (!source.Allowance(now)) return "over";
  if (day < 1) return "begins " + FormatTime(source.start).substr(0, 10);
  return "day " + std::to_string(day) + " of " + std::to_string(source.Days());
}

std::string DescribeUse(std::optional<std::int64_t> allowance, std::int64_t used) {
  return std::to_string(used) + (allowance ? " of " + std::to_string(*allowance) : "") + " used";
}

std::string DescribeHeld(const Waiting& waiting) {
  if (waiting.held == 0) return "0 held";
  return std::to_string(waiting.held) + " held since " + FormatTime(waiting.since);
}

std::string DescribeStep(const Source::Step& step) {
  const std::string next = step.allowance ? std::to_string(*step.allowance) : "no limit";
  return next + " from " + FormatTime(step.at);
}

// What waits for this address and provider, taken out.
Waiting TakeOut(std::vector<Waiting>& waiting, const std::string& source,
                const std::string& provider) {
  const auto found = std::ranges::find_if(waiting, [&](const Waiting& one) {
    return one.source == source && one.provider == provider;
  });
  if (found == waiting.end()) return {source, provider};
  Waiting taken = *found;
  waiting.erase(found);
  return taken;
}

void AddRows(Context& context, const WarmedUp& warmed_up, std::vector<Waiting>& waiting,
             Columns& rows) {
  const base::WallTime now = context.clock.Wall();
  const auto used = Take(warmup::CountUsed(warmed_up.source.name, warmed_up.providers, now,
                                           context.store, context.Deadline()));
  for (std::size_t i = 0; i < used.size(); ++i) {
    rows.Add(DescribeWarmUp(warmed_up.source,
                            TakeOut(waiting, warmed_up.source.name, warmed_up.providers[i]),
                            used[i], now));
  }
}

// Hosts count together but hold by what each of them believes.
void WarnOfDifferences(Context& context, const std::vector<WarmedUp>& all) {
  std::set<std::string> names;
  for (const WarmedUp& warmed_up : all) {
    if (names.insert(warmed_up.source.name).second) continue;
    context.out << "The hosts have different tables: see " << warmed_up.source.name << ".\n";
  }
}

}  // namespace

std::vector<WarmedUp> JoinSchedules(const std::map<std::string, Schedule>& by_host) {
  std::vector<WarmedUp> all;
  for (const auto& [host, schedule] : by_host) {
    for (const Source& source : schedule.sources) {
      const auto known = std::ranges::find(all, source, &WarmedUp::source);
      if (known == all.end()) {
        all.push_back({source, schedule.providers});
        continue;
      }
      for (const std::string& provider : schedule.providers) {
        if (std::ranges::count(known->providers, provider) == 0) {
          known->providers.push_back(provider);
        }
      }
    }
  }
  std::ranges::stable_sort(all, {}, [](const WarmedUp& one) { return one.source.name; });
  return all;
}

std::vector<std::string> DescribeWarmUp(const Source& source, const Waiting& waiting,
                                        std::int64_t used, base::WallTime now) {
  std::vector<std::string> row{source.name,
                               source.address.Format(),
                               waiting.provider,
                               DescribeDay(source, now),
                               DescribeUse(source.Allowance(now), used),
                               DescribeHeld(waiting)};
  if (const auto step = source.NextStep(now)) row.push_back(DescribeStep(*step));
  return row;
}

int WarmUp(Context& context, Arguments& arguments) {
  arguments.Finish();
  const auto all = JoinSchedules(Take(warmup::ReadSchedules(context.store, context.Deadline())));
  auto waiting = Take(warmup::CountWaiting(context.store, context.Deadline()));
  Columns rows;
  for (const WarmedUp& warmed_up : all) AddRows(context, warmed_up, waiting, rows);
  // Its rows are gone from the table, so it leaves with the next look.
  for (const Waiting& rest : waiting) {
    rows.Add({rest.source, "-", rest.provider, "in no table", "", DescribeHeld(rest)});
  }
  if (rows.empty()) {
    context.out << "No address is warmed up.\n";
    return kExitNotFound;
  }
  rows.Print(context.out);
  WarnOfDifferences(context, all);
  return 0;
}

}  // namespace gatepost::cli
