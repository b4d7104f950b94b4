// gatepost feedback: what came back of an account's mail, told to the detector of stolen accounts.
#pragma once

#include "tools/cli/command.h"

namespace gatepost::cli {

// feedback USER [--bounces N] [--complaints N]
int Feedback(Context& context, Arguments& arguments);

}  // namespace gatepost::cli
