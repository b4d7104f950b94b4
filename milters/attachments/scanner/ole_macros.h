// VBA projects in a compound file. Pure functions; any thread.
#pragma once

#include "milters/attachments/scanner/ole_look.h"

namespace gatepost::attachments {

// kMacro for a project, kAutoMacro where it has a macro that Office runs by itself.
void LookForMacros(OleLook& look);

}  // namespace gatepost::attachments
