// gatepost quarantine: messages in the hold queue, and what becomes of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/quarantine/held_message.h"
#include "tools/cli/command.h"

namespace gatepost::cli {

// quarantine list [--host NAME] [--recipient ADDRESS] [--state STATE|all]
// quarantine show ID [--host NAME]
// quarantine release ID [--recipient ADDRESS] | release --code CODE
// quarantine delete ID
int Quarantine(Context& context, Arguments& arguments);

// A row of the list.
std::vector<std::string> DescribeHeld(const quarantine::HeldMessage& message);
// All that is known, as lines. `codes_until`: how long its recipients' codes are good; nothing:
// there are none.
void PrintHeld(const quarantine::HeldMessage& message, std::optional<base::WallTime> codes_until,
               std::ostream& out);

}  // namespace gatepost::cli
