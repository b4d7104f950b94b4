#include "common/milter/callback_gate.h"

#include <thread>

namespace gatepost::milter {

bool CallbackGate::Enter() {
  ++inside_;  // before the look at closed_, so that Close cannot miss us
  if (!closed_) return true;
  --inside_;
  return false;
}

bool CallbackGate::Close(std::chrono::milliseconds patience) {
  closed_ = true;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (inside_ != 0) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace gatepost::milter
