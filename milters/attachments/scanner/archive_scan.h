// Tells the members of all archives that libarchive reads, but zip. One thread at a time.
#pragma once

#include <string_view>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/scan_run.h"

namespace gatepost::attachments {

struct ArchiveFindings {
  Properties properties;
  bool opened = false;  // at least one member or an encrypted list of them was there
};

// `format` as content_type.h names it.
ArchiveFindings ScanArchive(ScanRun& run, std::string_view format, const Content& content,
                            const Subject& subject);

// Whether it is one of those.
bool IsReadArchive(std::string_view format);

}  // namespace gatepost::attachments
