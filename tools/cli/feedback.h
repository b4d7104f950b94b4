// gatepost feedback: what came back of an account's mail, told to the detector of stolen accounts
// and to the reputation of the stream that it was sent in.
#pragma once

#include "tools/cli/command.h"

namespace gatepost::cli {

// feedback USER [--bounces N] [--complaints N] [--stream NAME]
int Feedback(Context& context, Arguments& arguments);

}  // namespace gatepost::cli
