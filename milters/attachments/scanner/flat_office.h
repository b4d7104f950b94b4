// Office documents in one XML text: Word's and Excel's of 2003, and packages that are written out
// flat ("pkg:package"). Pure functions; any thread.
#pragma once

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/on_embedded.h"

namespace gatepost::attachments {

// As OfficePackage and InspectOle of what is in it. Files that stand in it in base64 go to
// `on_embedded`, by their names.
Properties InspectFlatOffice(const Content& content, FormatBudget& budget,
                             const OnEmbedded& on_embedded);

}  // namespace gatepost::attachments
