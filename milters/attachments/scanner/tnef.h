// winmail.dat ([MS-OXTNEF]): Outlook's container for a message and its attachments. Pure functions
// over Content; any thread.
#pragma once

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/on_embedded.h"

namespace gatepost::attachments {

// Attachments by all names that they have (told once for each that ends differently), messages
// within it, and the message's own body as one without a name: to `on_embedded`. Checksums are not
// looked at: readers do not mind them. kTruncated where it ends within an attribute;
// kEmbeddedObject for OLE objects.
Properties InspectTnef(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded);

}  // namespace gatepost::attachments
