// Who is trusted to have judged a message before us, so that its owner's DMARC policy is not
// followed. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "milters/dmarc/dmarc_options.h"
#include "milters/dmarc/facts.h"
#include "milters/dmarc/rule.h"

namespace gatepost::dmarc {

// Why the owner's DMARC policy was not followed (RFC 9990's PolicyOverrideType words).
struct Override {
  std::string type;     // "local_policy", "mailing_list", "trusted_forwarder", ...
  std::string comment;  // for the owner, who is a stranger: "arc=pass as[1].d=example.org ..."
  friend bool operator==(const Override&, const Override&) = default;
};

// Why the client is never acted on: "authenticated client", "local client", "local network"; ""
// for all others.
std::string ExemptionOf(const Exemptions& exemptions, const ClientFacts& client);

// An override that some rule knows for a message.
struct Acquittal {
  std::string rule;  // "forwarders", "lists" or "arc"
  RuleMode mode = RuleMode::kEnforce;
  Override reason;
};

// All that hold, of rules that are not off, in this order: forwarders, lists, arc.
std::vector<Acquittal> FindAcquittals(const DmarcOptions& options, const Facts& facts);
bool AnyEnforced(const std::vector<Acquittal>& acquittals);

// The enforced rule, "forwarders", "lists" or "arc", that might acquit the message, were it not for
// a look-up that failed for now: whoever refuses such mail may refuse it wrongly for good. "" where
// none might.
std::string_view FindHiddenAcquittal(const DmarcOptions& options, const Facts& facts);

}  // namespace gatepost::dmarc
