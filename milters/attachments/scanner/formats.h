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
#include "milters/attachments/scanner/office_package.h"
#include "milters/attachments/scanner/ole.h"
#include "milters/attachments/scanner/on_embedded.h"

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

// winmail.dat ([MS-OXTNEF]): attachments by all names that they have; the message's own body is
// told as one without a name.
Properties InspectTnef(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded);

// HTML, SVG and scripts in them: kScript, kHtmlSmuggling. Fed piece by piece, so that it can watch
// a part as it streams by; memory is bounded.
class HtmlWatch {
 public:
  void Feed(std::span<const std::byte> piece);
  Properties Finish();
};

}  // namespace gatepost::attachments
