#include "milters/dmarc/facts.h"

#include <algorithm>

namespace gatepost::dmarc {

std::vector<mail::Domain> AuthorDomains(const mail::Author& author) {
  std::vector<mail::Domain> domains;
  for (const mail::Address& address : author.addresses) {
    if (std::ranges::find(domains, address.domain) == domains.end()) {
      domains.push_back(address.domain);
    }
  }
  return domains;
}

std::optional<mail::Domain> AlignedDomain(const Facts& facts) {
  if (facts.dmarc.empty() || facts.dmarc.front().result != auth::DmarcResult::kPass) {
    return std::nullopt;
  }
  const auth::DmarcOutcome& dmarc = facts.dmarc.front();
  return dmarc.organizational_domain.value_or(dmarc.author_domain);
}

}  // namespace gatepost::dmarc
