// What Word and Excel put a macro project in when they save a page or an XML text: "ActiveMime",
// a short head, then a compound file packed by Flate. Pure functions; any thread.
#pragma once

#include <string_view>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/on_embedded.h"

namespace gatepost::attachments {

inline constexpr std::string_view kActiveMime = "ActiveMime";

// As InspectOle of what is packed in it; kMacro where nothing can be unpacked, as nothing else
// comes in this form.
Properties InspectActiveMime(const Content& content, FormatBudget& budget,
                             const OnEmbedded& on_embedded);

}  // namespace gatepost::attachments
