// The Public Suffix List (libpsl), for finding Organizational Domains the older way, and for
// telling where two domains belong together. Immutable once loaded; any thread.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/mail/domain.h"

namespace gatepost::auth {

class PublicSuffixList {
 public:
  // Debian's list in libpsl's own form or as text; kNotFound or kInvalid with the reason.
  static base::Result<PublicSuffixList> Load(const std::string& path);

  // One label below the longest public suffix; the domain itself where it is a public suffix or
  // has a single label. Both sections of the list count, as RFC 7489 had it.
  mail::Domain OrganizationalDomain(const mail::Domain& domain) const;
  // By a rule of the list, or because no rule knows its single label (the list's default "*").
  bool IsPublicSuffix(const mail::Domain& domain) const;

 private:
  PublicSuffixList() = default;
  std::shared_ptr<const void> list_;  // libpsl's, known to the .cc alone
};

}  // namespace gatepost::auth
