// gatepost explain: what all programs decided about one message, and why.
#pragma once

#include "tools/cli/command.h"

namespace gatepost::cli {

// explain QUEUE-ID | REFERENCE [--host NAME]
int Explain(Context& context, Arguments& arguments);

}  // namespace gatepost::cli
