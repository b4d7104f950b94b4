// Lists an ARJ archive, which libarchive does not read: names, sizes, passwords. Of the members
// only stored ones are looked into. One thread at a time.
#pragma once

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/scan_run.h"

namespace gatepost::attachments {

Properties ScanArj(ScanRun& run, const Content& content, const Subject& subject);

}  // namespace gatepost::attachments
