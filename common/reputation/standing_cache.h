// What this process read of senders lately, so that busy ones cost no round trip; at most about 200
// bytes a subject. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/lru_cache.h"
#include "common/store/decaying_weights.h"

namespace gatepost::reputation {

class StandingCache {
 public:
  // Nothing remembered is worth remembering, too.
  using Entry = std::optional<store::DecayingWeights>;

  StandingCache(std::size_t subjects, std::chrono::seconds time, const base::Clock& clock)
      : clock_(clock), time_(time), lines_(subjects) {}

  // What was put for the subject within the cache's time; nothing where it was not.
  std::optional<Entry> Find(std::string_view subject);
  void Put(const std::string& subject, Entry entry);

 private:
  struct Line {
    Entry entry;
    base::SteadyTime until;
  };

  const base::Clock& clock_;
  const std::chrono::seconds time_;
  std::mutex mutex_;
  base::LruCache<Line> lines_;
};

}  // namespace gatepost::reputation
