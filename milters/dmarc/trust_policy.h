// How far a message can be trusted, as one number with its reasons. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "milters/dmarc/dmarc_options.h"
#include "milters/dmarc/facts.h"

namespace gatepost::dmarc {

struct TrustReason {
  std::string name;  // "dmarc_pass", "no_policy", "ptr_missing" ...
  int points = 0;
};

// From -100 (surely forged) through 0 (nothing known) to 100.
struct Trust {
  int score = 0;
  std::vector<TrustReason> reasons;
};

Trust Assess(const DmarcOptions& options, const Facts& facts);

}  // namespace gatepost::dmarc
