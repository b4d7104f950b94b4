// One report on its way to its addresses: each is tried, marked before and after, and the rows are
// forgotten when nothing is left to do. One thread, which holds the sender's lease.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/report/report_store.h"
#include "common/submit/submitter.h"
#include "tools/dmarc-report/refusals.h"
#include "tools/dmarc-report/report_address.h"
#include "tools/dmarc-report/report_file.h"
#include "tools/dmarc-report/report_marks.h"
#include "tools/dmarc-report/report_options.h"

namespace gatepost::dmarc_report {

// What a run works with; all outlive it.
struct Services {
  store::Store& store;
  const DestinationCheck& destinations;
  const submit::Submitter& submitter;
  const base::Clock& clock;
};

// Where a report may go now.
struct Destinations {
  std::vector<std::string> addresses;
  bool unknown = false;  // DNS did not answer for another one
};
// Of the addresses of a record: not excluded, not refusing, the first `max_addresses` of them, and
// of these those that want reports.
Destinations FindDestinations(const mail::Domain& domain, const std::vector<std::string>& addresses,
                              const ReportOptions& options, const Refusals::ByAddress& refusals,
                              const Services& services);

// The head of a report's file.
ReportHead HeadOf(const ReportIdentity& identity, const ReportOptions& options);

struct Dispatched {
  std::int64_t sent = 0;
  std::int64_t failed = 0;   // the mail server did not take it
  bool server_away = false;  // the last of them, for a reason that the next message will meet, too
};

class ReportDispatch {
 public:
  ReportDispatch(const ReportOptions& options, const Refusals::ByAddress& refusals,
                 const Services& services);

  // An error means that the store cannot be relied on: the run should end.
  base::Result<Dispatched> Send(const ReportIdentity& identity, ReportMark mark);
  // Nothing of it goes (any more).
  base::Result<void> Drop(const ReportIdentity& identity, const std::string& reason);

 private:
  struct Report;
  base::Result<void> SendTo(const std::string& address, Report& report);
  base::Result<void> Deliver(AddressMark& address, Report& report);
  base::Result<void> Note(const base::Result<void>& taken, AddressMark& address, Report& report);
  static void Tell(const base::Result<void>& taken, const std::string& to, const Report& report);
  bool IsServerAway(base::ErrorKind kind) const;
  base::Result<void> Finish(Report& report, const Destinations& destinations);

  const ReportOptions& options_;
  const Refusals::ByAddress& refusals_;
  const Services& services_;
  report::ReportStore rows_;
  ReportMarks marks_;
};

}  // namespace gatepost::dmarc_report
