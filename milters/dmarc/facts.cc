#include "milters/dmarc/facts.h"

namespace gatepost::dmarc {

std::optional<mail::Domain> AlignedDomain(const Facts& facts) {
  if (facts.dmarc.empty() || facts.dmarc.front().result != auth::DmarcResult::kPass) {
    return std::nullopt;
  }
  const auth::DmarcOutcome& dmarc = facts.dmarc.front();
  return dmarc.organizational_domain.value_or(dmarc.author_domain);
}

}  // namespace gatepost::dmarc
