#include "tools/dmarc-report/destinations.h"

#include <algorithm>
#include <chrono>

#include "tools/dmarc-report/report_policy.h"

namespace gatepost::dmarc_report {

bool DestinationFinder::IsUnwanted(const std::string& address) const {
  return IsExcluded(address, options_.exclude) ||
         Refusals::IsRefused(refusals_, address, services_.clock.Wall());
}

Destinations DestinationFinder::Find(const mail::Domain& policy_domain,
                                     const std::vector<std::string>& addresses,
                                     std::string_view tag) const {
  const auto deadline = std::chrono::steady_clock::now() + options_.dns_timeout;
  Destinations result;
  std::int64_t asked = 0;
  for (const std::string& address : addresses) {
    if (IsUnwanted(address) || asked == options_.mail.max_addresses) continue;
    ++asked;
    const Destination found = services_.destinations.Check(policy_domain, address, deadline, tag);
    result.unknown |= found.consent == Consent::kUnknown;
    for (const std::string& other : found.addresses) {
      const bool known = std::ranges::find(result.addresses, other) != result.addresses.end();
      if (!known && !IsUnwanted(other)) result.addresses.push_back(other);
    }
  }
  const auto most = static_cast<std::size_t>(options_.mail.max_addresses);
  result.addresses.resize(std::min(result.addresses.size(), most));
  return result;
}

}  // namespace gatepost::dmarc_report
