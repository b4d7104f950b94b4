// Documents are looked into elsewhere: here each is what it is and does nothing, unless the real
// ones are linked.
#include "milters/attachments/scanner/formats.h"

namespace gatepost::attachments {

#define GATEPOST_WEAK __attribute__((weak))

GATEPOST_WEAK Properties InspectOle(const Content&, FormatBudget&, const OnEmbedded&,
                                    std::string_view*) {
  return {};
}
GATEPOST_WEAK Properties InspectPdf(const Content&, FormatBudget&, const OnEmbedded&) { return {}; }
GATEPOST_WEAK Properties InspectRtf(const Content&, FormatBudget&, const OnEmbedded&) { return {}; }
GATEPOST_WEAK Properties InspectOneNote(const Content&, FormatBudget&, const OnEmbedded&) {
  return {};
}
GATEPOST_WEAK Properties InspectTnef(const Content&, FormatBudget&, const OnEmbedded&) {
  return {};
}
GATEPOST_WEAK void HtmlWatch::Feed(std::span<const std::byte>) {}
GATEPOST_WEAK Properties HtmlWatch::Finish() { return {}; }
GATEPOST_WEAK bool OfficePackage::Wants(std::string_view) const { return false; }
GATEPOST_WEAK void OfficePackage::OnMember(std::string_view, std::span<const std::byte>) {}

}  // namespace gatepost::attachments
