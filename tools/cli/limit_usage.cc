#include "tools/cli/limit_usage.h"

#include <algorithm>
#include <string>

#include "common/base/strings.h"
#include "common/store/keys.h"

namespace gatepost::cli {
namespace {

using limits::Limit;
using store::LimitState;

std::int64_t UnixMs(base::WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// The name that people gave it, or what the store calls it.
std::string NameOf(const std::string& slot, const std::vector<Limit>& active) {
  const auto known =
      std::ranges::find_if(active, [&](const Limit& limit) { return limit.slot() == slot; });
  return known == active.end() ? slot : known->name;
}

std::string Amount(std::int64_t amount) {
  return amount >= limits::kUnlimited ? "unlimited" : std::to_string(amount);
}

std::int64_t Attempts(const LimitState& state, const std::string& slot) {
  const auto found = state.refused.find(slot);
  std::int64_t sum = 0;
  if (found != state.refused.end()) {
    for (const auto& [slice, attempts] : found->second) sum += attempts;
  }
  return sum;
}

struct Usage {
  std::string subject;
  std::string slot;
  std::int64_t used = 0;
  std::int64_t limit = 0;
  double share() const {
    return static_cast<double>(used) / static_cast<double>(std::max<std::int64_t>(limit, 1));
  }
};

// Keeps the `count` largest shares.
void Keep(Usage usage, std::size_t count, std::vector<Usage>& nearest) {
  const auto place = std::ranges::upper_bound(nearest, usage.share(), std::greater<>(),
                                              [](const Usage& u) { return u.share(); });
  nearest.insert(place, std::move(usage));
  if (nearest.size() > count) nearest.pop_back();
}

void AddState(const std::string& subject, const std::string& value, std::int64_t now_ms,
              std::size_t count, std::vector<Usage>& nearest) {
  const auto state = LimitState::Parse(value);
  if (!state) return;
  for (const auto& [slot, held] : state->slots) {
    const std::int64_t used = state->Used(slot, now_ms);
    if (used > 0) Keep({subject, slot, used, held.limit}, count, nearest);
  }
}

}  // namespace

Columns DescribeUsage(const LimitState& state, base::WallTime now,
                      const std::vector<Limit>& active) {
  Columns rows;
  for (const auto& [slot, held] : state.slots) {
    std::string refused;
    if (const std::int64_t attempts = Attempts(state, slot)) {
      refused = std::to_string(attempts) + " attempts refused";
    }
    rows.Add({NameOf(slot, active),
              std::to_string(state.Used(slot, UnixMs(now))) + " of " + Amount(held.limit),
              std::to_string(state.Reserved(slot)) + " reserved", refused});
  }
  return rows;
}

Columns FindNearest(Context& context, std::size_t count, const std::vector<Limit>& active) {
  std::vector<Usage> nearest;
  const std::int64_t now_ms = UnixMs(context.clock.Wall());
  Take(context.store.ForEachText(
      store::KeyMaker::LimitsPrefix(),
      [&](const std::string& key, const std::string& value) {
        AddState(store::DecodeKeyPart(store::HashTag(key)), value, now_ms, count, nearest);
      },
      context.Deadline() + std::chrono::minutes(5)));
  Columns rows;
  for (const Usage& usage : nearest) {
    rows.Add({base::Printable(usage.subject), NameOf(usage.slot, active),
              std::to_string(usage.used) + " of " + Amount(usage.limit),
              std::to_string(static_cast<int>(usage.share() * 100)) + " %"});
  }
  return rows;
}

}  // namespace gatepost::cli
