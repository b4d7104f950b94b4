// The failure reports (RFC 9991) of a run: those that the program that judges mail queued, slot by
// slot; a slot is forgotten when nothing of it is left to do, and gone after a day in any case. One
// thread, which holds the sender's lease.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/mail/domain.h"
#include "common/report/failure_queue.h"
#include "tools/dmarc-report/destinations.h"
#include "tools/dmarc-report/failure_marks.h"
#include "tools/dmarc-report/mailing.h"
#include "tools/dmarc-report/refusals.h"
#include "tools/dmarc-report/report_options.h"
#include "tools/dmarc-report/report_policy.h"
#include "tools/dmarc-report/sender_lease.h"
#include "tools/dmarc-report/services.h"

namespace gatepost::dmarc_report {

class FailureRun {
 public:
  // `options` are complete; all arguments outlive it. `refusals` may be filled later.
  FailureRun(const ReportOptions& options, const Refusals::ByAddress& refusals,
             const Services& services, SenderLease& lease);

  // Sends what is queued and settled, the newest first, at most half of what a run may send. An
  // error: the store is away, or was lost on the way.
  base::Result<RunCounts> Run();

  // Writes all that is queued as .eml files into `directory`; sends and marks nothing. How many.
  base::Result<std::int64_t> WriteFiles(const std::string& directory);

 private:
  using Slot = report::FailureQueue::Slot;
  class Report;

  base::Result<void> Prune(Slot oldest);
  base::Result<void> RunSlot(Slot slot);
  // Whether nothing of the report is left to do.
  base::Result<bool> Treat(Report& report);
  base::Result<bool> Dispatch(Report& report);
  base::Result<bool> Postpone(Report& report);
  base::Result<bool> Finish(Report& report);
  base::Result<bool> Drop(Report& report, const std::string& reason);
  Destinations Find(const mail::Domain& policy_domain, const report::FailureReport& report) const;
  bool MustWait(const Report& report) const;
  bool MaySend(const report::FailureReport& report) const;
  bool IsOver() const;

  const ReportOptions& options_;
  const Services& services_;
  SenderLease& lease_;
  const ExcludedDomains excluded_;
  DestinationFinder destinations_;
  MailingDispatch mailings_;
  report::FailureQueue queue_;
  FailureMarks marks_;
  RunCounts counts_;
  base::SteadyTime end_;
};

}  // namespace gatepost::dmarc_report
