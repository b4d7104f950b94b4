// Lets libmilter's callbacks in while the server runs, and keeps them out when it has stopped:
// libmilter's threads outlive its main loop, and what the callbacks use does not. Also knows
// whether one has been inside for long, for StallGuard. Any thread, except where noted.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace gatepost::milter {

class CallbackGate {
 public:
  // What Leave wants back; nothing when the gate is closed.
  std::optional<std::size_t> Enter();
  void Leave(std::size_t period) { --inside_[period]; }

  // Nobody enters any more. Returns whether all who were inside have left within `patience`.
  bool Close(std::chrono::milliseconds patience);

  // --- For the one thread that watches.
  // Returns when somebody is inside, or after StopWatching.
  void AwaitCallback();
  void StopWatching();
  // Begins a new period. Returns whether somebody entered before the one that ends now and is still
  // inside: for at least one period, that is.
  bool BeginPeriod();
  bool empty() const;

 private:
  std::array<std::atomic<std::int64_t>, 4> inside_{};  // by the period in which they entered
  std::atomic<std::size_t> period_{0};
  std::atomic<bool> closed_{false};
  std::atomic<bool> unwatched_{false};  // the watching thread sleeps: wake it
};

// Enter and Leave as a scope.
class GateScope {
 public:
  explicit GateScope(CallbackGate& gate) : gate_(gate), period_(gate.Enter()) {}
  GateScope(const GateScope&) = delete;
  GateScope& operator=(const GateScope&) = delete;
  ~GateScope() {
    if (period_) gate_.Leave(*period_);
  }
  bool inside() const { return period_.has_value(); }

 private:
  CallbackGate& gate_;
  std::optional<std::size_t> period_;
};

}  // namespace gatepost::milter
