// How long one message may still wait for the store. What a call takes at its normal pace is not
// counted; what it takes beyond that is, over all calls of the message together. Once it is used
// up the message is decided by this host alone. One message's; not thread-safe.
#pragma once

#include <chrono>

#include "common/base/clock.h"

namespace gatepost::ratelimit {

class StoreBudget {
 public:
  // A round trip on one machine or in one rack, under load.
  static constexpr std::chrono::milliseconds kNormal{2};

  StoreBudget(const base::Clock& clock, std::chrono::nanoseconds budget)
      : clock_(clock), left_(budget) {}

  // Runs `call` with its deadline.
  template <class Call>
  auto Spend(Call call) {
    const base::SteadyTime start = clock_.Steady();
    const Settle settle{*this, start};
    return call(start + left_);
  }

  // All time in calls.
  std::chrono::nanoseconds spent() const { return spent_; }

 private:
  struct Settle {
    StoreBudget& budget;
    base::SteadyTime start;
    ~Settle() {
      const auto taken = budget.clock_.Steady() - start;
      budget.spent_ += taken;
      const std::chrono::nanoseconds late = taken - kNormal;
      const bool in_vain = taken >= budget.left_;  // else each further call would wait once more
      if (late.count() > 0) budget.left_ -= late;
      if (in_vain || budget.left_.count() < 0) budget.left_ = std::chrono::nanoseconds(0);
    }
  };

  const base::Clock& clock_;
  std::chrono::nanoseconds left_;
  std::chrono::nanoseconds spent_{0};
};

}  // namespace gatepost::ratelimit
