// DMARC for one message (RFC 9989): which policy applies to its author's domain, and which
// authenticated identifiers are aligned with it. The decision is a pure function over facts; the
// check is the dns::Task that gathers them. Belongs to one message.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/dkim_verifier.h"
#include "common/auth/dmarc_walk.h"
#include "common/auth/spf.h"
#include "common/dns/resolver.h"
#include "common/dns/task.h"
#include "common/mail/domain.h"

namespace gatepost::auth {

// RFC 8601 section 2.7.4 / RFC 9989: none is "no record".
enum class DmarcResult { kNone, kPass, kFail, kTempError, kPermError };
std::string_view Name(DmarcResult result);

// What one method says of the author's domain.
struct DmarcOutcome {
  DmarcResult result = DmarcResult::kNone;
  std::string reason;  // a short text for people: "spf and dkim not aligned"
  mail::Domain author_domain;
  DiscoveryMethod method = DiscoveryMethod::kTreeWalk;
  // Of the record that applies; nothing with kNone and mostly with kTempError.
  std::optional<mail::Domain> policy_domain;  // where it was found
  std::optional<DmarcRecord> record;
  std::optional<mail::Domain> organizational_domain;  // of the author's domain
  std::string policy_tag;                             // "p", "sp" or "np": which one applies
  DmarcPolicy published = DmarcPolicy::kNone;         // what that tag says
  // What the owner asks for this message: kNone for a pass; one step below `published` where t=y.
  DmarcPolicy disposition = DmarcPolicy::kNone;
  bool spf_aligned = false;               // and passed
  std::vector<std::string> aligned_dkim;  // d= of passing, aligned signatures, A-labels
  bool dkim_aligned() const { return !aligned_dkim.empty(); }
};

// The authenticated identifiers, once they are known. Only those that passed and count are in it.
struct DmarcIdentifiers {
  std::optional<mail::Domain> spf;  // MAIL FROM's domain (HELO's for the null sender), if passed
  std::vector<mail::Domain> dkim;   // d= of signatures that count for alignment
  bool temporary_error = false;     // one of them ended in temperror: a fail is then kTempError
                                    // where it might have aligned
};

class DmarcCheck {
 public:
  // Starts the author's walk, and asks whether the domain exists. `list` as in DmarcWalk.
  DmarcCheck(mail::Domain author, DiscoveryMethod method, const PublicSuffixList* list,
             dns::Resolver& resolver);
  ~DmarcCheck();
  // Starts the walks of names that may become identifiers, before it is known whether they pass.
  // At most 20 different ones; equal names and those equal to the author's are walked once.
  void Expect(const mail::Domain& identifier);
  // To be finished with dns::Finish before Decide.
  std::vector<dns::Task*> tasks();
  DmarcOutcome Decide(const DmarcIdentifiers& identifiers) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::auth
