// gatepost hashes: the list of files that nobody shall get.
#pragma once

#include "tools/cli/command.h"

namespace gatepost::cli {

// hashes [list]; hashes add SHA256 [--why TEXT]; hashes remove SHA256
int Hashes(Context& context, Arguments& arguments);

}  // namespace gatepost::cli
