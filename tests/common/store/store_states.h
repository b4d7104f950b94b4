// What a store's listener was told, and patience: for tests of faults.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/store/redis_link.h"
#include "common/store/store.h"

namespace gatepost::store {

// The states in the order in which the listener was told.
class States {
 public:
  StateListener Listener() {
    return [this](Health health, const std::string& reason) {
      const std::lock_guard lock(mutex_);
      states_.push_back(health);
      reasons_.push_back(reason);
    };
  }
  std::vector<Health> All() const {
    const std::lock_guard lock(mutex_);
    return states_;
  }
  std::string LastReason() const {
    const std::lock_guard lock(mutex_);
    return reasons_.empty() ? "" : reasons_.back();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Health> states_;
  std::vector<std::string> reasons_;
};

// What the listener was told beside the states.
class Warnings {
 public:
  WarningListener Listener() {
    return [this](const std::string& reason) {
      const std::lock_guard lock(mutex_);
      reasons_.push_back(reason);
    };
  }
  std::vector<std::string> All() const {
    const std::lock_guard lock(mutex_);
    return reasons_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> reasons_;
};

inline bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// A busy machine must not look like a hung server, so only tests of that ask for short silence.
inline RedisTimes PatientTimes() {
  using namespace std::chrono_literals;
  return {10s, 10s, 100ms, 20ms, 100ms, 10s};
}
inline RedisTimes QuickTimes() {
  using namespace std::chrono_literals;
  return {1s, 1s, 100ms, 20ms, 100ms, 1s};
}

}  // namespace gatepost::store
