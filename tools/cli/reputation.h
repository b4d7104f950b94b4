// gatepost reputation: what is remembered of those who send.
#pragma once

#include "tools/cli/command.h"

namespace gatepost::cli {

// reputation client|network|domain NAME, reputation stream NAME DOMAIN
int Reputation(Context& context, Arguments& arguments);

}  // namespace gatepost::cli
