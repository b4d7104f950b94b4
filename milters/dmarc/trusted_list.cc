#include "milters/dmarc/trusted_list.h"

#include <algorithm>

#include "common/base/strings.h"
#include "milters/dmarc/domain_pattern.h"

namespace gatepost::dmarc {

base::Result<TrustedList> TrustedList::Parse(std::string_view row) {
  TrustedList list;
  for (std::string_view word : base::Split(row, ' ')) {
    if (word.empty()) continue;
    if (CheckDomainPattern(word)) {
      return base::Fail(base::ErrorKind::kInvalid, "holds a word that is no domain or *.name");
    }
    if (list.id.empty()) {
      list.id = word;
    } else {
      list.domains.emplace_back(word);
    }
  }
  if (list.domains.empty()) {
    return base::Fail(base::ErrorKind::kInvalid,
                      "must be a List-Id and the domains that may send for it");
  }
  return list;
}

bool TrustedList::IsFor(const mail::Domain& list_id) const { return MatchesPattern(id, list_id); }

bool TrustedList::IsSentBy(const mail::Domain& domain) const { return MatchesAny(domains, domain); }

}  // namespace gatepost::dmarc
