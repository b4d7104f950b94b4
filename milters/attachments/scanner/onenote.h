// OneNote sections ([MS-ONESTORE]). Pure functions over Content; any thread.
#pragma once

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/on_embedded.h"

namespace gatepost::attachments {

// kEmbeddedObject for a file within it, not for pictures of its own. Each goes to `on_embedded`,
// with the first of the names that stand in the section where it is one: which belongs to which is
// told in objects that need not be read to find the files.
Properties InspectOneNote(const Content& content, FormatBudget& budget,
                          const OnEmbedded& on_embedded);

}  // namespace gatepost::attachments
