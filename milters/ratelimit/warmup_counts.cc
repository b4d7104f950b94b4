#include "milters/ratelimit/warmup_counts.h"

#include <map>
#include <utility>

#include "common/store/keys.h"
#include "common/store/limit_state.h"
#include "milters/ratelimit/warmup.h"

namespace gatepost::ratelimit {
namespace {

using Held = std::map<std::pair<std::string, std::string>, std::int64_t>;

base::Result<Held> CountHeld(store::Store& store, base::Deadline deadline) {
  const auto hosts = store.GetFields(store::KeyMaker::Hosts(), deadline);
  if (!hosts) return tl::unexpected(hosts.error());
  Held held;
  for (const auto& [host, started] : *hosts) {
    const auto mails = store.GetFields(WarmUp::HeldKey(host), deadline);
    if (!mails) return tl::unexpected(mails.error());
    for (const auto& [queue_id, text] : *mails) {
      const auto mail = HeldMail::Parse(queue_id, text);
      if (!mail) continue;
      for (const std::string& provider : mail->providers) ++held[{mail->source, provider}];
    }
  }
  return held;
}

std::int64_t Used(const std::optional<std::string>& value, base::WallTime now) {
  const auto state = store::LimitState::Parse(value.value_or(""));
  if (!state) return 0;
  return state->Used(
      WarmUp::limit().slot(),
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
}

}  // namespace

base::Result<std::vector<WarmUpCount>> CountWarmUp(const WarmUpTable& table, store::Store& store,
                                                   base::WallTime now, base::Deadline deadline) {
  const auto held = CountHeld(store, deadline);
  if (!held) return tl::unexpected(held.error());
  std::vector<WarmUpCount> counts;
  std::vector<store::Key> keys;
  for (const WarmUpSource& source : table.sources()) {
    for (const std::string& provider : table.providers()) {
      const auto waiting = held->find({source.name, provider});
      counts.push_back({source.name, provider, source.Allowance(now), 0,
                        waiting == held->end() ? 0 : waiting->second});
      keys.push_back(store::KeyMaker::Limits(WarmUp::Subject(source.name, provider)));
    }
  }
  if (keys.empty()) return counts;
  const auto values = store.GetAll(keys, deadline);
  if (!values) return tl::unexpected(values.error());
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i].used = Used((*values)[i], now);
  return counts;
}

}  // namespace gatepost::ratelimit
