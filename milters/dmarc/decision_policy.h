// Turns the facts about a message into a decision. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "milters/dmarc/dmarc_options.h"
#include "milters/dmarc/facts.h"
#include "milters/dmarc/rule.h"
#include "milters/dmarc/trust_policy.h"

namespace gatepost::dmarc {

// Why the owner's DMARC policy was not followed (RFC 9990's PolicyOverrideType words).
struct Override {
  std::string type;     // "local_policy", "mailing_list", "trusted_forwarder", ...
  std::string comment;  // "arc=pass by example.org", "client in 192.0.2.0/24"
};

struct Decision {
  Action action = Action::kPass;        // the strongest enforced finding's
  std::optional<std::size_t> deciding;  // its index in findings
  std::vector<Finding> findings;
  std::vector<Override> overrides;
  auth::DmarcPolicy applied = auth::DmarcPolicy::kNone;  // the disposition as it was done
  Trust trust;
  // Whether the message may be asked to come back; the greylist itself is asked by the handler.
  bool greylist_candidate = false;
};

Decision Decide(const DmarcOptions& options, const Facts& facts);

}  // namespace gatepost::dmarc
