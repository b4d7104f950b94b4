#include "milters/attachments/scanner/flat_office.h"

#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/mime/base64_stream.h"
#include "milters/attachments/scanner/active_mime.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/exchange_formula.h"
#include "milters/attachments/scanner/file_names.h"
#include "milters/attachments/scanner/office_package.h"
#include "milters/attachments/scanner/ole.h"
#include "milters/attachments/scanner/xml_tags.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kMostText = 32 << 20;

std::string FromBase64(std::string_view text) {
  std::string out(mime::Base64Stream::MostOut(text.size()) + mime::kBase64Slack, '\0');
  auto* const bytes = reinterpret_cast<std::byte*>(out.data());
  mime::Base64Stream stream;
  std::size_t size = stream.Feed(text, bytes);
  size += stream.Finish(bytes + size);
  out.resize(size);
  return out;
}

class FlatLook {
 public:
  FlatLook(FormatBudget& budget, const OnEmbedded& on_embedded)
      : budget_(budget), on_embedded_(on_embedded) {}

  Properties Look(const std::string& xml);

 private:
  void OnTag(const XmlTags& tags);
  void OnBinary(std::string_view base64);

  FormatBudget& budget_;
  const OnEmbedded& on_embedded_;
  Properties properties_;
  std::string name_;  // of the part or of the bytes that follow
};

void FlatLook::OnBinary(std::string_view base64) {
  if (!budget_.Spend(base64.size())) return properties_.Add(Property::kOverBudget);
  const std::string bytes = FromBase64(base64);
  const MemoryContent content(AsBytes(bytes));
  if (bytes.starts_with(kActiveMime)) {
    properties_.Add(InspectActiveMime(content, budget_, on_embedded_));
  } else if (bytes.starts_with("\xD0\xCF\x11\xE0")) {
    properties_.Add(InspectOle(content, budget_, on_embedded_, nullptr));
  } else if (!bytes.empty()) {
    on_embedded_(LastOfPath(name_), content);
  }
}

void FlatLook::OnTag(const XmlTags& tags) {
  const std::string_view tag = tags.name();
  if (tags.is_end()) {
    if (tag == "binData" || tag == "binaryData") OnBinary(tags.text_before());
    return;
  }
  if (tag == "part" || tag == "binData") name_ = tags.Attribute("name");
  if (tag == "wordDocument") {
    if (tags.Attribute("macrosPresent") == "yes") properties_.Add(Property::kMacro);
    if (tags.Attribute("ocxPresent") == "yes") properties_.Add(Property::kActiveControl);
  }
  if (tag == "Cell" && IsExchangeFormula(tags.Attribute("Formula"))) {
    properties_.Add(Property::kDynamicExchange);
  }
}

Properties FlatLook::Look(const std::string& xml) {
  XmlTags tags(xml);
  while (tags.Next()) OnTag(tags);
  // Links and fields look the same in one text as in the parts of a package.
  OfficePackage package;
  package.OnMember("word/document.xml", AsBytes(xml));
  package.OnMember("_rels/.rels", AsBytes(xml));
  properties_.Add(package.properties());
  return properties_;
}

}  // namespace

Properties InspectFlatOffice(const Content& content, FormatBudget& budget,
                             const OnEmbedded& on_embedded) {
  if (!budget.Spend(content.size())) return {Property::kOverBudget};
  Properties found =
      FlatLook(budget, on_embedded).Look(OneByteText(ReadText(content, 0, kMostText)));
  if (content.size() > kMostText) found.Add(Property::kOverBudget);
  return found;
}

}  // namespace gatepost::attachments
