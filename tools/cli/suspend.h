// gatepost suspend, resume, suspended: accounts whose mail every program refuses.
#pragma once

#include "tools/cli/command.h"

namespace gatepost::cli {

// suspend USER [--why TEXT]
int Suspend(Context& context, Arguments& arguments);
// resume USER
int Resume(Context& context, Arguments& arguments);
// suspended
int ListSuspended(Context& context, Arguments& arguments);

}  // namespace gatepost::cli
