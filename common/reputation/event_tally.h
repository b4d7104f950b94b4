// Adds up the events of each sender for a second and then has them written: a burst from one client
// is one write. Any thread may add; that takes a lock for a moment. Used by reputation.h.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/strings.h"
#include "common/reputation/standing_cache.h"
#include "common/store/background_writer.h"

namespace gatepost::reputation {

// In thousandths of an event.
struct Weight {
  std::int64_t good = 0;
  std::int64_t bad = 0;
};

class EventTally {
 public:
  // `writer` outlives the tally; what it has written is put into the cache.
  EventTally(store::BackgroundWriter& writer, std::shared_ptr<StandingCache> cache,
             std::chrono::seconds half_life);
  // Posts what it holds.
  ~EventTally();
  EventTally(const EventTally&) = delete;
  EventTally& operator=(const EventTally&) = delete;

  void Add(std::string_view subject, Weight weight);
  // Posts what it holds now.
  void Post();
  // Lost: events of senders beyond the bound of a second, and sums of events for which the writer
  // was full or that did not reach the store. All are in the writer's number, too.
  std::uint64_t dropped() const { return *dropped_; }

 private:
  using Sums = std::unordered_map<std::string, Weight, base::StringHash, std::equal_to<>>;
  using Batch = std::vector<std::pair<std::string, Weight>>;

  void PostBatch(Batch batch);
  void PostGuarded();
  void Run();

  store::BackgroundWriter& writer_;
  const std::shared_ptr<StandingCache> cache_;
  const std::chrono::seconds half_life_;
  // Shared with writes that are under way.
  const std::shared_ptr<std::atomic<std::uint64_t>> dropped_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);

  std::mutex mutex_;
  std::condition_variable wake_;
  Sums sums_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace gatepost::reputation
