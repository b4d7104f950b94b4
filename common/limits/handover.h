// What could not be settled at once: one thread gives it to the store, in batches, while that is
// up. Bounded; what does not fit is dropped: commits are counted, reservations expire by
// themselves. Any thread may post.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "common/limits/settlement.h"
#include "common/store/store.h"

namespace gatepost::limits {

class Handover {
 public:
  struct Options {
    std::size_t queue = 50'000;
    KnownOptions known;
  };

  // `store` and `clock` outlive it.
  Handover(store::Store& store, const base::Clock& clock, Options options);
  ~Handover() { Stop(); }
  // Hands over what it can within a second; afterwards all is dropped.
  void Stop();

  // `tried`: a call was made and may have had its effect.
  void Post(Settlement settlement, bool tried);
  std::size_t waiting() const;
  std::uint64_t dropped() const;
  // Returns when nothing waits or the store is away.
  void Flush();

 private:
  using Batch = std::vector<Settlement>;

  void Run();
  bool AwaitTurn(std::unique_lock<std::mutex>& lock);
  Batch TakeBatch();          // with mutex_ held
  Batch Settle(Batch batch);  // returns what must be tried again
  void PutBack(Batch batch);  // with mutex_ held
  void CountDrop(const Settlement& settlement);
  void TellDone();
  base::Deadline NextDeadline() const;

  store::Store& store_;
  const base::Clock& clock_;
  const Options options_;

  mutable std::mutex mutex_;  // never held during a call
  std::condition_variable wake_;
  std::condition_variable settled_;
  std::deque<Settlement> queue_;
  std::size_t in_batch_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t dropped_told_ = 0;
  std::uint64_t handed_over_ = 0;  // commits, since the last line in the log
  bool was_away_ = false;
  bool stopping_ = false;
  base::Deadline end_ = base::Deadline::max();

  std::thread thread_;
};

}  // namespace gatepost::limits
