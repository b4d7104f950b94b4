// The detector's options: section [detector] of the program's file.
#pragma once

#include <string>

#include "common/config/option_table.h"
#include "milters/ratelimit/detector_policy.h"

namespace gatepost::ratelimit {

// `rules` outlives the table.
void Declare(config::OptionTable& table, DetectorRules& rules);

// What no single range can say: steps in the wrong order. "" where there is nothing wrong.
std::string FindContradiction(const DetectorRules& rules);

}  // namespace gatepost::ratelimit
