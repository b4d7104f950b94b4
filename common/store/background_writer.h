// Writes to the store behind the message's back: reputation, report rows. One thread, a bounded
// queue; what does not fit is dropped and counted, and a message never waits. Any thread may post.
//
// While the store is away (Store::health) nothing is tried: the queue holds what fits until it is
// back. A write that fails is not repeated, as it may have had its effect; its owner says so to
// CountDropped. dropped() is then the one number of all that was lost on the way to the store.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "common/base/clock.h"
#include "common/store/store.h"

namespace gatepost::store {

class BackgroundWriter {
 public:
  // Runs in the writer's thread, with a deadline of its own. It owns what it uses. What it throws
  // is logged, and the post is counted as dropped.
  using Write = std::function<void(Store&, base::Deadline)>;

  struct Options {
    std::size_t queue = 10'000;
    std::chrono::milliseconds time{1'000};  // for each write
  };

  // `store` outlives the writer.
  BackgroundWriter(Store& store, Options options);
  explicit BackgroundWriter(Store& store) : BackgroundWriter(store, Options{}) {}
  // Writes what is queued, for at most a second after a write that may be under way; drops the
  // rest, and all at once while the store is away.
  ~BackgroundWriter();

  // False when the queue was full: the write is dropped. `weight` is how many it counts for.
  bool Post(Write write, std::uint64_t weight = 1);
  // For a write that did not reach the store. Any thread, a write's own as well.
  void CountDropped(std::uint64_t weight = 1);
  // What did not fit, threw, or did not reach the store, by weight.
  std::uint64_t dropped() const;
  // For tests: returns when all that was posted before has been written, or the store is away.
  void Flush();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::store
