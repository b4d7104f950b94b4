// PDF (ISO 32000): looked through from end to end for the names of what it does, in the file's own
// text and in its compressed object streams. Pure functions over Content; any thread.
#pragma once

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/on_embedded.h"

namespace gatepost::attachments {

// kPdfJavaScript (scripts of XFA forms, too), kPdfLaunch, kPdfEmbeddedFile (also rich media),
// kEncryptedDocument where it does not open without a password: a document that restricts printing
// opens with none, and is decrypted. Embedded files that are stored plain or by Flate go to
// `on_embedded`, by the name that stands before them where one does. Where it takes a password, no
// stream can be read.
Properties InspectPdf(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded);

}  // namespace gatepost::attachments
