// What documents do: macros, scripts, passwords, embedded files. Each looks at one format with
// bounded reads; damage ends the look and is told as kDamaged or kTruncated. Pure functions over
// Content; any thread.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"

namespace gatepost::attachments {

// A file within a document, where it lies in one piece: told with what name it has there ("" for
// none) and its content, which lives during the call.
using OnEmbedded = std::function<void(const std::string& name, const Content& content)>;

// Compound files ([MS-CFB]): Office to 2003, MSI, Outlook's .msg. kMacro, kAutoMacro,
// kEncryptedDocument (also the EncryptedPackage of newer Office), kEmbeddedObject, kActiveControl.
// `type_name`, where it is not null, gets what it is: "doc", "xls", "ppt", "msi", "msg", "ole".
// Embedded packages (Ole10Native) and the attachments of a .msg go to `on_embedded`.
Properties InspectOle(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded,
                      std::string_view* type_name);

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

// Members of a zip that is an Office document (ECMA-376) or OpenDocument: fed with each member's
// name, and with the content of those that it asks for.
class OfficePackage {
 public:
  // Whether this member's content tells something (at most kMostMember bytes of it are wanted).
  static constexpr std::size_t kMostMember = 1 << 20;
  bool Wants(std::string_view member_name) const;
  void OnMember(std::string_view member_name, std::span<const std::byte> content);
  // kMacro, kAutoMacro, kExternalTemplate, kEmbeddedObject, kActiveControl
  Properties properties() const { return properties_; }
  // "docx", "xlsm" ...; "" where the package is no document.
  std::string_view type_name() const { return type_name_; }

 private:
  Properties properties_;
  std::string_view type_name_;
};

}  // namespace gatepost::attachments
