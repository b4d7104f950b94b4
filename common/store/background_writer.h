// Writes to the store behind the message's back: reputation, report rows. One thread, a bounded
// queue; what does not fit is dropped and counted, and a message never waits. Any thread may post.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "common/base/clock.h"
#include "common/store/store.h"

namespace gatepost::store {

class BackgroundWriter {
 public:
  // Runs in the writer's thread, with a deadline of its own. It owns what it uses.
  using Write = std::function<void(Store&, base::Deadline)>;

  struct Options {
    std::size_t queue = 10'000;
    std::chrono::milliseconds time{1'000};  // for each write
  };

  BackgroundWriter(Store& store, Options options);
  explicit BackgroundWriter(Store& store) : BackgroundWriter(store, Options{}) {}
  // Writes what is queued, for at most a second; drops the rest.
  ~BackgroundWriter();

  // False when the queue was full: the write is dropped.
  bool Post(Write write);
  std::uint64_t dropped() const;
  // For tests: returns when all that was posted before has been written.
  void Flush();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::store
