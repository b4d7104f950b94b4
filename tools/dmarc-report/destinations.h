// Where a report may go: the addresses that a record names, without those that get nothing. Asks
// DNS; one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/mail/domain.h"
#include "tools/dmarc-report/refusals.h"
#include "tools/dmarc-report/report_options.h"
#include "tools/dmarc-report/services.h"

namespace gatepost::dmarc_report {

// Where a report may go now.
struct Destinations {
  std::vector<std::string> addresses;
  bool unknown = false;  // DNS did not answer for another one
};

class DestinationFinder {
 public:
  // All outlive it; `refusals` may be filled later.
  DestinationFinder(const ReportOptions& options, const Refusals::ByAddress& refusals,
                    const Services& services)
      : options_(options), refusals_(refusals), services_(services) {}

  // Excluded, or refusing, or no address.
  bool IsUnwanted(const std::string& address) const;
  // Of the addresses of a record's `tag` ("rua", "ruf"): not unwanted, the first `max_addresses` of
  // them, and of these those that want reports.
  Destinations Find(const mail::Domain& policy_domain, const std::vector<std::string>& addresses,
                    std::string_view tag) const;

 private:
  const ReportOptions& options_;
  const Refusals::ByAddress& refusals_;
  const Services& services_;
};

}  // namespace gatepost::dmarc_report
