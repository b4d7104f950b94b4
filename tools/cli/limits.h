// gatepost limits: what limits there are, what was used of them, and exceptions at run time.
#pragma once

#include "tools/cli/command.h"

namespace gatepost::cli {

// With options of their own: --hours N for the list, --until TIME and --why TEXT for set, --count N
// for top. Subjects are those of subject_words.h.
//
//   limits                            what is limited, and what was or would have been refused
//   limits show SUBJECT               what one subject used
//   limits set SUBJECT LIMIT AMOUNT
//   limits unset SUBJECT LIMIT
//   limits overrides                  all that was set
//   limits reset SUBJECT              forgets what was counted
//   limits top                        who is nearest to a limit
int Limits(Context& context, Arguments& arguments);

}  // namespace gatepost::cli
