// Which reports go when, and to which of the addresses. Pure functions; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/mail/domain.h"
#include "tools/dmarc-report/report_identity.h"
#include "tools/dmarc-report/report_options.h"

namespace gatepost::dmarc_report {

// The report's own time after its day: the same on all hosts.
base::WallTime SendTime(const ReportIdentity& identity, const ScheduleOptions& schedule);
// Whether its day is over for so long that nobody tries any more.
bool IsTooOld(const ReportIdentity& identity, base::WallTime now, const ScheduleOptions& schedule);
// When to try again after so many failures: after 15 minutes, then twice as long each time, at most
// half a day.
std::chrono::seconds RetryAfter(std::int64_t failures);

// Domains that get no report: excluded ones, and the reporter's own with that of its From address
// (reports about reports would never end).
class ExcludedDomains {
 public:
  explicit ExcludedDomains(const ReportOptions& options);
  bool Contains(const mail::Domain& domain) const;

 private:
  std::vector<mail::Domain> domains_;
};

// Whether the options exclude the address; one that is no plain address is excluded, too.
bool IsExcluded(std::string_view address, const ExcludeOptions& exclude);

}  // namespace gatepost::dmarc_report
