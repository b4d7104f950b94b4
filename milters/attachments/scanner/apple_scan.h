// Files as a Macintosh packs them with what belongs to them: AppleSingle (RFC 1740) and MacBinary.
// One thread at a time.
#pragma once

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/scan_run.h"

namespace gatepost::attachments {

// Each tells the file itself by the name that stands there; of the rest nothing is opened.
Properties ScanAppleSingle(ScanRun& run, const Content& content, const Subject& subject);
Properties ScanMacBinary(ScanRun& run, const Content& content, const Subject& subject);

}  // namespace gatepost::attachments
