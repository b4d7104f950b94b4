// Starts a scanner's program with its end of a socket and its scratch files. Used by
// scanner_process.cc. Any thread.
#pragma once

#include <sys/types.h>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "milters/attachments/scanner_options.h"

namespace gatepost::attachments {

struct SpawnedScanner {
  pid_t pid = -1;         // the caller waits for its end
  base::UniqueFd socket;  // our end, which does not block
};

// kUnavailable, with the reason.
base::Result<SpawnedScanner> SpawnScanner(const ScannerOptions& options);

}  // namespace gatepost::attachments
