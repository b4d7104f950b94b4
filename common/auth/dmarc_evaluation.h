// What DMARC comes to once all facts are there (RFC 9989 sections 4.10 and 5.3): a pure function.
// DmarcCheck (dmarc.h) gathers the facts. Value types; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/dmarc_walk.h"
#include "common/mail/domain.h"

namespace gatepost::auth {

// RFC 8601 section 2.7.4 / RFC 9989 section 9.2. kNone: no record. kPermError: the record that
// would apply has no usable policy and no reporting URI, so that no DMARC is done (section 4.10.1).
enum class DmarcResult { kNone, kPass, kFail, kTempError, kPermError };
std::string_view Name(DmarcResult result);

// What one method says of the author's domain.
struct DmarcOutcome {
  DmarcResult result = DmarcResult::kNone;
  std::string reason{};  // a short text for people: "spf not aligned, dkim did not pass"
  mail::Domain author_domain;
  DiscoveryMethod method = DiscoveryMethod::kTreeWalk;
  // Of the record that applies: set with kPass and kFail, and with kTempError where it is known.
  std::optional<mail::Domain> policy_domain{};  // where it was found
  std::optional<DmarcRecord> record{};
  std::optional<mail::Domain> organizational_domain{};  // of the author's domain
  std::string policy_tag{};                             // "p", "sp" or "np": which one applies
  DmarcPolicy published = DmarcPolicy::kNone;           // what that tag says
  // What the owner asks for this message: one step below `published` where t=y, and kNone for all
  // but a fail (section 5.3.6).
  DmarcPolicy disposition = DmarcPolicy::kNone;
  // Also set where there is no record: then by relaxed alignment.
  bool spf_aligned = false;  // and passed
  std::vector<std::string>
      aligned_dkim{};  // d= of passing, aligned signatures, A-labels, none twice
  bool dkim_aligned() const { return !aligned_dkim.empty(); }
};

// The authenticated identifiers, once they are known.
struct DmarcIdentifiers {
  std::optional<mail::Domain> spf;  // MAIL FROM's domain (HELO's for the null sender), if passed
  std::vector<mail::Domain> dkim;   // d= of signatures that count for alignment
  // Those whose own check ended in temperror. Where one of them might have aligned, a fail is
  // kTempError; where not, it stays a fail: else a signature of a foreign domain whose DNS is dead
  // would take any domain's policy away.
  std::optional<mail::Domain> undecided_spf;
  std::vector<mail::Domain> undecided_dkim;
};

struct DmarcFacts {
  mail::Domain author;
  DiscoveryMethod method = DiscoveryMethod::kTreeWalk;
  WalkResult walk;  // the author's
  DmarcIdentifiers identifiers;
  // Of identifiers; one that is not in it could not be found out, or was not worth a walk.
  std::map<mail::Domain, mail::Domain> organizational_domains;
};

DmarcOutcome EvaluateDmarc(const DmarcFacts& facts);

// Whether two domains share a label at their end; if not, they are never aligned.
bool MayAlign(const mail::Domain& a, const mail::Domain& b);

}  // namespace gatepost::auth
