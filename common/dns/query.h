// What stands behind a Query: the place where the answer arrives. For implementations of Resolver
// (and their caches); everybody else sees Query alone. Any thread may call any function.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "common/dns/resolver.h"

namespace gatepost::dns {

class Query::State {
 public:
  State() = default;
  explicit State(AnswerPtr answer) : ready_(true), answer_(std::move(answer)) {}

  // Hands the answer to all who wait now or later. Only the first call has an effect.
  void Complete(AnswerPtr answer);

  bool Ready() const { return ready_.load(std::memory_order_acquire); }
  // As Query::Wait.
  AnswerPtr Wait(base::Deadline deadline);

  // Told once, when the answer arrives; shared with the thread that waits.
  class Listener;
  // False when the answer is there already: then the listener is not kept.
  bool Listen(const std::shared_ptr<Listener>& listener);
  void StopListening(const std::shared_ptr<Listener>& listener);

 private:
  std::atomic<bool> ready_{false};  // set after answer_, which never changes again
  std::mutex mutex_;
  std::condition_variable arrived_;
  AnswerPtr answer_;
  std::vector<std::shared_ptr<Listener>> listeners_;
};

// A flag that one thread waits for and many may set.
class Query::State::Listener {
 public:
  void Tell();
  void Wait(base::Deadline deadline);

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  bool is_told_ = false;
};

// An answer without records, shared by all who get it.
AnswerPtr FailedAnswer(Status status);

}  // namespace gatepost::dns
