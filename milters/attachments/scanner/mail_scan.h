// Tells the parts of a message that lies in a file, and of a web page saved as one (MHTML). One
// thread at a time.
#pragma once

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/scan_run.h"

namespace gatepost::attachments {

Properties ScanMail(ScanRun& run, const Content& content, const Subject& subject);

}  // namespace gatepost::attachments
