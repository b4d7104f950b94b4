// What documents do: macros, scripts, passwords, embedded files. Each looks at one format with
// bounded reads; damage ends the look and is told as kDamaged or kTruncated. Pure functions over
// Content; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/html_watch.h"
#include "milters/attachments/scanner/office_package.h"
#include "milters/attachments/scanner/ole.h"
#include "milters/attachments/scanner/on_embedded.h"
#include "milters/attachments/scanner/tnef.h"

namespace gatepost::attachments {

// PDF (ISO 32000): kPdfJavaScript, kPdfLaunch, kPdfEmbeddedFile, kEncryptedDocument where a
// password is needed to open it. Names written with #xx and those in compressed object streams,
// too.
Properties InspectPdf(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded);

// RTF: kEmbeddedObject, kExternalTemplate; object data in hexadecimal goes to `on_embedded`.
Properties InspectRtf(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded);

// OneNote ([MS-ONESTORE]): files within it, found by their GUID.
Properties InspectOneNote(const Content& content, FormatBudget& budget,
                          const OnEmbedded& on_embedded);

}  // namespace gatepost::attachments
