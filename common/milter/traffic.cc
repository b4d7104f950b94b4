#include "common/milter/traffic.h"

namespace gatepost::milter {

bool Traffic::MessageBegan() {
  ++messages_;
  ++under_way_;
  const bool latecomer = draining_;
  if (latecomer) ++latecomers_;
  return latecomer;
}

// The time is stored before the counts fall, so that Drained never sees the one without the other.
void Traffic::MessageEnded(bool latecomer, base::SteadyTime now) {
  last_end_ = now;
  if (latecomer) --latecomers_;
  --under_way_;
}

void Traffic::BeginDrain(base::SteadyTime now) {
  drain_began_ = now;
  draining_ = true;
}

bool Traffic::Drained(base::SteadyTime now) const {
  const std::int64_t late = latecomers_;
  const std::int64_t all = under_way_;
  if (all > late) return false;
  if (late > 0 && now - drain_began_.load() < kLatecomerGrace) return false;
  return now - last_end_.load() >= kReplyLeaves;
}

}  // namespace gatepost::milter
