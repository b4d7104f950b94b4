// Documents are looked into elsewhere: here each is what it is and does nothing, unless the real
// ones are linked.
#include "milters/attachments/scanner/formats.h"

namespace gatepost::attachments {

#define GATEPOST_WEAK __attribute__((weak))

GATEPOST_WEAK Properties InspectPdf(const Content&, FormatBudget&, const OnEmbedded&) { return {}; }
GATEPOST_WEAK Properties InspectRtf(const Content&, FormatBudget&, const OnEmbedded&) { return {}; }
GATEPOST_WEAK Properties InspectOneNote(const Content&, FormatBudget&, const OnEmbedded&) {
  return {};
}

}  // namespace gatepost::attachments
