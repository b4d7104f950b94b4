// Compound files ([MS-CFB]) as documents: Office to 2003, what newer Office encrypts, MSI,
// Outlook's .msg. Pure functions over Content; any thread.
#pragma once

#include <string_view>

#include "milters/attachments/content_type.h"
#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/on_embedded.h"

namespace gatepost::attachments {

// kMacro (also where only compiled code is left), kAutoMacro, kDynamicExchange, kEncryptedDocument,
// kEmbeddedObject, kActiveControl. Encrypted with a password that Office itself knows
// ("VelvetSweatshop") counts as encrypted, too: nobody looks inside.
// `type_name`, where it is not null, gets what it is: "doc", "xls", "ppt", "vsd", "pub", "msi",
// "msg", "encrypted-office", "vba-project", "ole".
// Embedded packages (Ole10Native) and the attachments of a .msg go to `on_embedded`, its body too.
// Workbooks that are older than compound files ("biff") are taken as well.
Properties InspectOle(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded,
                      std::string_view* type_name);

// What a type that InspectOle tells is: installers are executables, messages are mail.
Kind KindOfOle(std::string_view type_name);

}  // namespace gatepost::attachments
