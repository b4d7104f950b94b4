#include "common/base/clock.h"

namespace gatepost::base {

const SystemClock& SystemClock::Instance() {
  static const SystemClock clock;
  return clock;
}

}  // namespace gatepost::base
