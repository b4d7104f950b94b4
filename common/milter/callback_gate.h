// Lets libmilter's callbacks in while the server runs, and keeps them out when it has stopped:
// libmilter's threads outlive its main loop, and what the callbacks use does not. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace gatepost::milter {

class CallbackGate {
 public:
  // Whether the callback may go on; if so, Leave must follow.
  bool Enter();
  void Leave() { --inside_; }

  // Nobody enters any more. Returns whether all who were inside have left within `patience`.
  bool Close(std::chrono::milliseconds patience);

 private:
  std::atomic<std::int64_t> inside_{0};
  std::atomic<bool> closed_{false};
};

// Enter and Leave as a scope.
class GateScope {
 public:
  explicit GateScope(CallbackGate& gate) : gate_(gate.Enter() ? &gate : nullptr) {}
  GateScope(const GateScope&) = delete;
  GateScope& operator=(const GateScope&) = delete;
  ~GateScope() {
    if (gate_ != nullptr) gate_->Leave();
  }
  bool inside() const { return gate_ != nullptr; }

 private:
  CallbackGate* gate_;
};

}  // namespace gatepost::milter
