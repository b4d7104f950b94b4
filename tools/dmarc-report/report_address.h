// Whether an address that a DMARC record names wants reports about the record's domain (RFC 9990,
// "Verifying External Destinations"), so that nobody can have reports sent to a stranger. Asks DNS;
// belongs to one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"
#include "common/mail/domain.h"

namespace gatepost::dmarc_report {

enum class Consent {
  kGiven,
  kRefused,  // the other side does not want it, or says something else than it may
  kUnknown,  // DNS does not answer now: ask later
};

struct Destination {
  Consent consent = Consent::kRefused;
  std::vector<std::string> addresses;  // where reports go: the address, or those that replace it
};

// The Organizational Domain by RFC 9989's tree walk; kUnavailable when DNS does not answer now.
using OrganizationFinder =
    std::function<base::Result<mail::Domain>(const mail::Domain& domain, base::Deadline deadline)>;
OrganizationFinder WalkTree(dns::Resolver& resolver);

class DestinationCheck {
 public:
  // `resolver` outlives it.
  DestinationCheck(dns::Resolver& resolver, OrganizationFinder find)
      : resolver_(resolver), find_(std::move(find)) {}

  // `address` is local-part@domain, the domain in any form; one that is no address is refused.
  // `tag` of the record names it, and may replace it where the other side has the same: "rua", or
  // "ruf" for failure reports (RFC 9991, "Verifying External Destinations").
  Destination Check(const mail::Domain& policy_domain, const std::string& address,
                    base::Deadline deadline, std::string_view tag = "rua") const;

 private:
  base::Result<bool> BelongTogether(const mail::Domain& a, const mail::Domain& b,
                                    base::Deadline deadline) const;

  dns::Resolver& resolver_;
  OrganizationFinder find_;
};

}  // namespace gatepost::dmarc_report
