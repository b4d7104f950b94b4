// Tells the members of a zip as its directory has them, and what other readers may see besides:
// records before the members that say something else, members that the directory leaves out, what
// stands before and behind. One thread at a time.
#pragma once

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/scan_run.h"

namespace gatepost::attachments {

struct ZipFindings {
  Properties properties;
  // Of the members an Office document is made: its type, "" for an ordinary zip.
  std::string_view document_type;
};

// `stub`: what stands before the zip is a program, so that it may.
ZipFindings ScanZip(ScanRun& run, const Content& content, const Subject& subject, bool stub);

}  // namespace gatepost::attachments
