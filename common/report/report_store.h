// The rows of aggregate reports in the store: collected per UTC day and policy domain, read and
// marked as sent by the one sender. Any thread.
//
// One report is for one policy domain and one day. Its addresses (rua) are those of the record
// seen last.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/mail/domain.h"
#include "common/report/aggregate.h"
#include "common/store/store.h"

namespace gatepost::report {

using Day = std::int64_t;  // Unix time / 86,400
Day DayOf(base::WallTime time);

inline constexpr std::size_t kMaxRowsPerReport = 50'000;  // further rows are counted, not kept
inline constexpr std::size_t kMaxBytesPerReport = std::size_t{32} << 20;  // of all rows encoded
inline constexpr std::size_t kMaxDomainsPerDay = 100'000;
inline constexpr std::size_t kMaxAddresses = 16;
inline constexpr std::chrono::hours kKeep{24 * 8};  // after a report's last row

struct CountedRow {
  AggregateRow row;
  std::uint64_t count = 0;
};

struct DomainRows {
  std::vector<std::string> addresses;  // rua, as mail addresses
  std::vector<CountedRow> rows;        // in any order
  std::uint64_t left_out = 0;          // evaluations that no row counts
};

class ReportStore {
 public:
  // `store` outlives it. Rows in one process's memory are of use to tests alone, so nothing stands
  // in for a shared store.
  explicit ReportStore(store::Store& store) : store_(store.shared()) {}

  // One evaluation. Atomic per policy domain. First the domain is put on the day's list, then the
  // row is counted: a crash between the two leaves a domain without rows. kInvalid where
  // row.policy.domain is no domain, kLimit where the day has its most domains, kUnavailable or
  // kTimeout while the store is away or late.
  base::Result<void> Add(Day day, const AggregateRow& row,
                         const std::vector<std::string>& addresses, base::Deadline deadline);

  // The two steps of Add, for ReportCollector. True when the domain is new on the list of the day.
  base::Result<bool> List(Day day, const mail::Domain& policy_domain, base::Deadline deadline);
  // True when the report begins with this row: then the domain may not be on the list either.
  base::Result<bool> Count(Day day, const mail::Domain& policy_domain, const AggregateRow& row,
                           const std::vector<std::string>& addresses, base::Deadline deadline);

  // The policy domains with rows on that day, in any order.
  base::Result<std::vector<std::string>> Domains(Day day, base::Deadline deadline);
  // None for a domain without rows. What cannot be decoded counts as left out.
  base::Result<DomainRows> Rows(Day day, const std::string& policy_domain, base::Deadline deadline);
  // Removes rows and domain from the day: all rows at once, the domain from the list last.
  base::Result<void> Forget(Day day, const std::string& policy_domain, base::Deadline deadline);

 private:
  store::Store& store_;
};

}  // namespace gatepost::report
