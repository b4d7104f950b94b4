// RTF: read as Word reads it, with control words, groups and hexadecimal that hide objects. Pure
// functions over Content; any thread.
#pragma once

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/on_embedded.h"

namespace gatepost::attachments {

// kEmbeddedObject, kExternalTemplate (a template or linked object from elsewhere),
// kDynamicExchange (a field). What objects hold goes to `on_embedded`: packages by the names of
// their files, anything else as it is; with the macros of documents within.
Properties InspectRtf(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded);

}  // namespace gatepost::attachments
