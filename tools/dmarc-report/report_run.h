// One run of the program: takes the lease among all hosts, sends the failure reports that are
// queued, finds the aggregate reports that are due, oldest first, and sends them one by one. One
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/report/report_store.h"
#include "tools/dmarc-report/failure_run.h"
#include "tools/dmarc-report/report_dispatch.h"
#include "tools/dmarc-report/report_options.h"
#include "tools/dmarc-report/report_policy.h"
#include "tools/dmarc-report/sender_lease.h"
#include "tools/dmarc-report/services.h"

namespace gatepost::dmarc_report {

class ReportRun {
 public:
  // `options` are complete; all arguments outlive it.
  ReportRun(const ReportOptions& options, const Services& services);

  // Sends what is due. An error: the store is away, or was lost on the way.
  base::Result<RunCounts> Run();

  // Writes the files of all reports that there are, today's so far and queued failure reports
  // included, into `directory`; sends and marks nothing. How many.
  base::Result<std::int64_t> WriteFiles(const std::string& directory);

 private:
  base::Result<void> Prepare();
  base::Result<void> SendFailures();
  base::Result<void> RunDay(report::Day day);
  // The day's reports by their time.
  base::Result<std::vector<ReportIdentity>> Listed(report::Day day);
  base::Result<void> Treat(const ReportIdentity& identity, const ReportMarks::ByDomain& marks);
  base::Result<void> Dispatch(const ReportIdentity& identity, ReportMark mark);
  base::Result<std::int64_t> WriteDay(report::Day day, const std::string& directory);
  base::Result<bool> WriteFile(const ReportIdentity& identity, const std::string& directory);
  bool IsOver() const;

  const ReportOptions& options_;
  const Services& services_;
  const ExcludedDomains excluded_;
  report::ReportStore rows_;
  ReportMarks marks_;
  Refusals::ByAddress refusals_;
  ReportDispatch dispatch_;
  SenderLease lease_;
  FailureRun failures_;
  RunCounts counts_;
};

}  // namespace gatepost::dmarc_report
