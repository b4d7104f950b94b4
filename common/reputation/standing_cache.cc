#include "common/reputation/standing_cache.h"

namespace gatepost::reputation {

std::optional<StandingCache::Entry> StandingCache::Find(std::string_view subject) {
  const auto now = clock_.Steady();
  const std::lock_guard lock(mutex_);
  const Line* const line = lines_.Find(subject);
  if (!line || line->until <= now) return std::nullopt;
  return line->entry;
}

void StandingCache::Put(const std::string& subject, Entry entry) {
  const auto until = clock_.Steady() + time_;
  const std::lock_guard lock(mutex_);
  lines_.Put(subject, {entry, until});
}

}  // namespace gatepost::reputation
