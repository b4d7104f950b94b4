// DMARC for one message (RFC 9989): gathers what EvaluateDmarc needs to know of the author's domain
// and of the identifiers. Used by the program that judges arriving mail. Belongs to one message.
#pragma once

#include <memory>
#include <vector>

#include "common/auth/dmarc_evaluation.h"
#include "common/auth/dmarc_walk.h"
#include "common/dns/resolver.h"
#include "common/dns/task.h"
#include "common/mail/domain.h"

namespace gatepost::auth {

class DmarcCheck {
 public:
  // Starts the author's walk, and asks whether the domain exists. Only
  // kPublicSuffixList uses `list`, which outlives the check.
  DmarcCheck(mail::Domain author, DiscoveryMethod method, const PublicSuffixList* list,
             dns::Resolver& resolver);
  ~DmarcCheck();
  DmarcCheck(DmarcCheck&&) noexcept;
  DmarcCheck& operator=(DmarcCheck&&) noexcept;

  // Starts the walks of names that may become identifiers, before it is known whether they pass.
  // At most 20 different ones; equal names and those equal to the author's are walked once, and
  // those that can never be aligned with it not at all. The list needs no walks.
  void Expect(const mail::Domain& identifier);
  // To be finished with dns::Finish before Decide. They live as long as the check.
  std::vector<dns::Task*> tasks();
  // An identifier that was not expected, and is not the author's domain, counts like one whose walk
  // failed.
  DmarcOutcome Decide(const DmarcIdentifiers& identifiers) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::auth
