// Failure reports (RFC 9991) on their way from the program that judges mail to the one that sends
// reports: kept in the store in slots of ten minutes, never more than a rate allows. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::report {

struct FailureReport {
  std::string policy_domain;  // A-labels
  std::string to;             // one address
  bool external = false;      // `to` is outside the policy domain's organization: its domain must
                              // say that it takes reports (RFC 9990 section 4)
  std::string message;        // whole, with CRLF line ends

  friend bool operator==(const FailureReport&, const FailureReport&) = default;
};

// How many may be queued in an hour, by all hosts.
struct FailureRate {
  std::int64_t per_domain = 5;
  std::int64_t in_all = 100;
};

class FailureQueue {
 public:
  using Slot = std::int64_t;  // Unix time / 600
  static constexpr std::chrono::minutes kSlotTime{10};
  static constexpr std::chrono::hours kKeep{24};
  static constexpr std::size_t kMaxPerSlot = 1000;
  static constexpr std::size_t kMaxMessageBytes = std::size_t{64} << 10;

  // `store` outlives it. Nothing stands in for a shared store that is away or late: then all fails.
  explicit FailureQueue(store::Store& store) : store_(store.shared()) {}

  // True when it was queued; false when the rate did not let it, or it is too large.
  base::Result<bool> Add(const FailureReport& report, const FailureRate& rate, base::WallTime now,
                         base::Deadline deadline);

  // The slots that have closed and may still hold something, the oldest first.
  static std::vector<Slot> Closed(base::WallTime now);
  base::Result<std::vector<FailureReport>> Read(Slot slot, base::Deadline deadline);
  base::Result<void> Forget(Slot slot, base::Deadline deadline);

 private:
  base::Result<bool> IsAllowed(const FailureReport& report, const FailureRate& rate,
                               base::WallTime now, base::Deadline deadline);

  store::Store& store_;
};

}  // namespace gatepost::report
