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
inline constexpr std::size_t kMaxDomainsPerDay = 100'000;
inline constexpr std::chrono::hours kKeep{24 * 8};

struct CountedRow {
  AggregateRow row;
  std::uint64_t count = 0;
};

struct DomainRows {
  std::vector<std::string> addresses;  // rua, as mail addresses
  std::vector<CountedRow> rows;
  std::uint64_t left_out = 0;
};

class ReportStore {
 public:
  explicit ReportStore(store::Store& store) : store_(store) {}

  // One evaluation. Atomic per policy domain.
  base::Result<void> Add(Day day, const AggregateRow& row,
                         const std::vector<std::string>& addresses, base::Deadline deadline);

  // The policy domains with rows on that day, in any order.
  base::Result<std::vector<std::string>> Domains(Day day, base::Deadline deadline);
  base::Result<DomainRows> Rows(Day day, const std::string& policy_domain, base::Deadline deadline);
  // Removes rows and domain from the day.
  base::Result<void> Forget(Day day, const std::string& policy_domain, base::Deadline deadline);

 private:
  store::Store& store_;
};

}  // namespace gatepost::report
