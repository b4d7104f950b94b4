// The `expect` lines of a scenario, held against what happened. One thread at a time.
#pragma once

#include <string_view>

#include "common/base/result.h"
#include "tests/support/scenario_conversation.h"
#include "tests/support/scenario_world.h"

namespace gatepost::support {

// `what` is the line behind "expect", expanded. kInvalid with what was there instead.
base::Result<void> Expect(std::string_view what, ScenarioWorld& world,
                          ScenarioConversation& conversation);

}  // namespace gatepost::support
