// How far a message can be trusted, as one number with its reasons. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "milters/dmarc/dmarc_options.h"
#include "milters/dmarc/facts.h"

namespace gatepost::dmarc {

struct TrustReason {
  std::string name;  // "dmarc_pass", "no_policy", "client_no_ptr" ...
  int points = 0;
  friend bool operator==(const TrustReason&, const TrustReason&) = default;
};

// From -100 (surely forged) through 0 (nothing known) to 100.
struct Trust {
  int score = 0;
  std::vector<TrustReason> reasons;  // in the order of the table; none with 0 points
};

// The sum of these, cut to the range:
//
//   dmarc_pass           +40  every author domain passes
//   aligned              +20  SPF or DKIM is aligned, and there is no policy
//   no_policy            -20  neither alignment nor policy
//   dmarc_fail_none      -20  DMARC fails under this published policy (the worst of all domains)
//   dmarc_fail_quarantine -40
//   dmarc_fail_reject    -60
//   no_author            -40  From names no domain
//   several_authors      -10  From names several domains
//   hidden_address       -20  From's display name reads as another address
//   spf_pass, dkim_pass  +5   aligned or not
//   spf_softfail         -5
//   spf_permerror        -5
//   spf_fail             -15
//   helo_fail            -10  SPF for HELO
//   forwarders, lists, arc +20  a trusted path, of enforced rules; with it, no point is lost for
//                             DMARC, SPF or missing alignment
//   client_...                the points that the rule's options give, but for exempt clients
//   block_lists               the sum of weights by block_lists.points_per_weight
//   reputation                the score of the aligned domain, of the address and of the network,
//                             by 1, 0.6 and 0.4, cut to [-1, 1], by reputation.points
//
// What could not be looked up counts nothing.
Trust Assess(const DmarcOptions& options, const Facts& facts);

// Whether DMARC passes for every domain that From names.
bool PassesDmarc(const Facts& facts);

}  // namespace gatepost::dmarc
