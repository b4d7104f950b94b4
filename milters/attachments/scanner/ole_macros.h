// VBA projects in a compound file. Pure functions; any thread.
#pragma once

#include "milters/attachments/scanner/ole_look.h"

namespace gatepost::attachments {

// kMacro for a project, kAutoMacro where it has a macro that Office runs by itself.
void LookForMacros(OleLook& look);

// The same where tables or directory are damaged, and Office may repair them: by the compressed
// source itself, wherever it stands. One call reads all of `content`.
Properties FindLooseMacros(const Content& content, FormatBudget& budget);

}  // namespace gatepost::attachments
