// One aggregate report on its way: its addresses, its file, its messages; the rows are forgotten
// when nothing is left to do. One thread, which holds the sender's lease.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/report/report_store.h"
#include "tools/dmarc-report/destinations.h"
#include "tools/dmarc-report/mailing.h"
#include "tools/dmarc-report/refusals.h"
#include "tools/dmarc-report/report_file.h"
#include "tools/dmarc-report/report_marks.h"
#include "tools/dmarc-report/report_options.h"
#include "tools/dmarc-report/services.h"

namespace gatepost::dmarc_report {

// The head of a report's file.
ReportHead HeadOf(const ReportIdentity& identity, const ReportOptions& options);

class ReportDispatch {
 public:
  ReportDispatch(const ReportOptions& options, const Refusals::ByAddress& refusals,
                 const Services& services);

  // An error means that the store cannot be relied on: the run should end.
  base::Result<Dispatched> Send(const ReportIdentity& identity, ReportMark mark);
  // Nothing of it goes (any more).
  base::Result<void> Drop(const ReportIdentity& identity, const std::string& reason);

 private:
  class Report;
  base::Result<void> Finish(Report& report, const Destinations& destinations);

  const ReportOptions& options_;
  const Services& services_;
  DestinationFinder destinations_;
  MailingDispatch mailings_;
  report::ReportStore rows_;
  ReportMarks marks_;
};

}  // namespace gatepost::dmarc_report
