// gatepost limits: what limits there are, what was used of them, and exceptions at run time.
#pragma once

#include "tools/cli/command.h"

namespace gatepost::cli {

// limits [--hours N]                                what is limited, and what would have been
// refused limits show SUBJECT                               what one subject used limits set
// SUBJECT LIMIT AMOUNT [--until TIME] [--why TEXT] limits unset SUBJECT LIMIT limits overrides all
// that was set limits reset SUBJECT                              forgets what was counted limits
// top [--count N]                            who is nearest to a limit
int Limits(Context& context, Arguments& arguments);

}  // namespace gatepost::cli
