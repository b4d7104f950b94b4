#include "common/milter/callback_gate.h"

#include <algorithm>
#include <thread>

namespace gatepost::milter {

// We are counted before the look at closed_ and unwatched_, so that neither Close nor AwaitCallback
// can miss us.
std::optional<std::size_t> CallbackGate::Enter() {
  const std::size_t period = period_;
  ++inside_[period];
  if (closed_) {
    --inside_[period];
    return std::nullopt;
  }
  if (unwatched_) StopWatching();
  return period;
}

bool CallbackGate::empty() const {
  return std::all_of(inside_.begin(), inside_.end(), [](const auto& count) { return count == 0; });
}

bool CallbackGate::Close(std::chrono::milliseconds patience) {
  closed_ = true;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!empty()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

void CallbackGate::AwaitCallback() {
  unwatched_ = true;
  if (empty() && !closed_) unwatched_.wait(true);
  unwatched_ = false;
}

void CallbackGate::StopWatching() {
  unwatched_ = false;
  unwatched_.notify_all();
}

// Who entered four periods ago shares a place with those who enter now, and is seen a period later
// or has been seen before.
bool CallbackGate::BeginPeriod() {
  const std::size_t ending = period_;
  const std::size_t next = (ending + 1) % inside_.size();
  bool long_inside = false;
  for (std::size_t period = 0; period < inside_.size(); ++period) {
    if (period != ending && inside_[period] > 0) long_inside = true;
  }
  period_ = next;
  return long_inside;
}

}  // namespace gatepost::milter
