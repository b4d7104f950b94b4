// Every look-up about one message, under way together: each begins when its name is known, and all
// are waited for at once. Belongs to one message; not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/dmarc.h"
#include "common/auth/spf.h"
#include "common/base/clock.h"
#include "common/dns/resolver.h"
#include "common/mail/domain.h"
#include "common/milter/connection.h"
#include "milters/dmarc/block_lists.h"
#include "milters/dmarc/client_names.h"
#include "milters/dmarc/dmarc_configuration.h"
#include "milters/dmarc/facts.h"

namespace gatepost::dmarc {

class ArrivalLookups {
 public:
  ArrivalLookups(const DmarcConfiguration& configuration, dns::Resolver& resolver);

  // At MAIL FROM: SPF, the client's names, the lists of addresses.
  void StartEnvelope(const milter::Connection& connection, const milter::Envelope& envelope,
                     base::WallTime now);
  // At the end of headers: policies of the author's domains, and what may be aligned with them.
  void StartMessage(const mail::Author& author, std::span<const mail::Domain> signing_domains);
  // Goes on where answers have come; never waits.
  void Advance();
  // Waits for all, at most until the deadline.
  void Finish(base::Deadline deadline);

  // After Finish: what was found, but for DKIM, ARC and DMARC.
  void Fill(Facts& facts) const;
  // Afterwards, with the signatures in `facts`: DMARC of each author.
  void DecideDmarc(Facts& facts) const;
  std::span<const ListHealth::Change> list_changes() const { return changes_; }

 private:
  void StartSpf(const milter::Connection& connection, const milter::Envelope& envelope,
                base::WallTime now);
  std::unique_ptr<BlockListCheck> MakeListCheck();
  void StartDmarc(const mail::Domain& author, std::span<const mail::Domain> identifiers);
  auth::DmarcCheck MakeCheck(const mail::Domain& author, auth::DiscoveryMethod method,
                             std::span<const mail::Domain> identifiers) const;

  const DmarcConfiguration& configuration_;
  dns::Resolver& resolver_;
  std::string spf_domain_;  // as it is checked: of MAIL FROM, or HELO for the null sender
  std::unique_ptr<auth::SpfCheck> mail_from_;  // not for the null sender: then it is helo_spf_
  std::unique_ptr<auth::SpfCheck> helo_spf_;
  std::unique_ptr<IprevCheck> iprev_;
  std::unique_ptr<HeloCheck> helo_;
  std::unique_ptr<BlockListCheck> address_lists_;
  std::unique_ptr<BlockListCheck> domain_lists_;
  std::vector<auth::DmarcCheck> dmarc_;
  std::optional<auth::DmarcCheck> other_method_;  // of the first, by the other method
  std::vector<dns::Task*> tasks_;                 // all of the above
  std::vector<ListHealth::Change> changes_;
};

}  // namespace gatepost::dmarc
