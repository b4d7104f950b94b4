// Files that are written as text: uuencode, base64 and yEnc in a text of their own, and what is
// attached to appointments (RFC 5545). One thread at a time.
#pragma once

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/scan_run.h"

namespace gatepost::attachments {

// Tells each file that stands in the text.
Properties ScanTextFiles(ScanRun& run, const Content& content, const Subject& subject);

// Tells what is attached within the calendar itself; links are left alone.
Properties ScanCalendar(ScanRun& run, const Content& content, const Subject& subject);

}  // namespace gatepost::attachments
