// The addresses that refused reports for good, and until when they get none. In the store, shared
// by all hosts; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::dmarc_report {

struct Refusal {
  std::int64_t until = 0;  // Unix time
  std::int64_t count = 0;  // bounces so far

  friend bool operator==(const Refusal&, const Refusal&) = default;
};

class Refusals {
 public:
  // By address in lower case; those whose time is over included.
  using ByAddress = std::map<std::string, Refusal>;

  static constexpr std::size_t kMaxAddresses = 10'000;

  explicit Refusals(store::Store& store) : store_(store) {}

  base::Result<ByAddress> Read(base::Deadline deadline);
  // Counts a bounce of `address`; it gets nothing for `time` from now. The new count. kLimit where
  // there are too many others.
  base::Result<std::int64_t> Add(const std::string& address, std::chrono::seconds time,
                                 base::WallTime now, base::Deadline deadline);
  // Removes those whose time has been over for a month: till then a new bounce goes on counting.
  base::Result<void> Prune(const ByAddress& refusals, base::WallTime now, base::Deadline deadline);

  static bool IsRefused(const ByAddress& refusals, std::string_view address, base::WallTime now);

 private:
  store::Store& store_;
};

}  // namespace gatepost::dmarc_report
