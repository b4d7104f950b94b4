// The time, as an argument: policies and caches take a Clock, so tests can move it by hand.
// Implementations may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>

namespace gatepost::base {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

// A point in monotonic time after which nobody waits any longer.
using Deadline = SteadyTime;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime Steady() const = 0;  // for intervals, expiry and deadlines
  virtual WallTime Wall() const = 0;      // for what people and other hosts read
};

// The operating system's clocks. One instance serves the process.
class SystemClock final : public Clock {
 public:
  static const SystemClock& Instance();
  SteadyTime Steady() const override { return std::chrono::steady_clock::now(); }
  WallTime Wall() const override { return std::chrono::system_clock::now(); }
};

// Stands still until a test advances it; both times move together.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime(std::chrono::seconds(1'700'000'000)))
      : start_(start) {}
  SteadyTime Steady() const override { return SteadyTime(elapsed_.load()); }
  WallTime Wall() const override {
    return start_ + std::chrono::duration_cast<WallTime::duration>(elapsed_.load());
  }
  void Advance(std::chrono::nanoseconds step) { elapsed_ = elapsed_.load() + step; }

 private:
  WallTime start_;
  std::atomic<std::chrono::nanoseconds> elapsed_{std::chrono::hours(24)};
};

}  // namespace gatepost::base
