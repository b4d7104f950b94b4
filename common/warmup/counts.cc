#include "common/warmup/counts.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "common/store/keys.h"
#include "common/store/limit_state.h"
#include "common/warmup/held_mail.h"

namespace gatepost::warmup {
namespace {

using WaitingByPair = std::map<std::pair<std::string, std::string>, Waiting>;

void Add(const HeldMail& mail, WaitingByPair& waiting) {
  for (const std::string& provider : mail.providers) {
    auto& entry =
        waiting.try_emplace({mail.source, provider}, Waiting{mail.source, provider, 0, mail.since})
            .first->second;
    ++entry.held;
    entry.since = std::min(entry.since, mail.since);
  }
}

std::int64_t Used(const std::optional<std::string>& value, base::WallTime now) {
  const auto state = store::LimitState::Parse(value.value_or(""));
  if (!state) return 0;
  return state->Used(
      DayLimit().slot(),
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
}

}  // namespace

const limits::Limit& DayLimit() {
  static const limits::Limit limit = [] {
    limits::Limit made;
    made.name = "warmup";
    made.amount = limits::kUnlimited;
    made.counted = limits::Counted::kMessages;
    made.window = std::chrono::hours(24);
    made.mode = limits::Mode::kShadow;
    return made;
  }();
  return limit;
}

std::string Subject(std::string_view source, std::string_view provider) {
  return "warmup " + std::string(source) + " " + std::string(provider);
}

base::Result<std::vector<Waiting>> CountWaiting(store::Store& store, base::Deadline deadline) {
  const auto hosts = store.GetFields(store::KeyMaker::Hosts(), deadline);
  if (!hosts) return tl::unexpected(hosts.error());
  WaitingByPair by_pair;
  for (const auto& [host, started] : *hosts) {
    const auto mails = store.GetFields(HeldKey(host), deadline);
    if (!mails) return tl::unexpected(mails.error());
    for (const auto& [queue_id, text] : *mails) {
      if (const auto mail = HeldMail::Parse(queue_id, text)) Add(*mail, by_pair);
    }
  }
  std::vector<Waiting> waiting;
  for (auto& [pair, entry] : by_pair) waiting.push_back(std::move(entry));
  return waiting;
}

base::Result<std::vector<std::int64_t>> CountUsed(std::string_view source,
                                                  const std::vector<std::string>& providers,
                                                  base::WallTime now, store::Store& store,
                                                  base::Deadline deadline) {
  std::vector<store::Key> keys;
  keys.reserve(providers.size());
  for (const std::string& provider : providers) {
    keys.push_back(store::KeyMaker::Limits(Subject(source, provider)));
  }
  std::vector<std::int64_t> used;
  if (keys.empty()) return used;
  const auto values = store.GetAll(keys, deadline);
  if (!values) return tl::unexpected(values.error());
  for (const auto& value : *values) used.push_back(Used(value, now));
  return used;
}

}  // namespace gatepost::warmup
