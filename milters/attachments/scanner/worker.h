// The scanner's process: confines itself, then answers one request after the other until the milter
// hangs up. Its main is main.cc; tests give it another Scan. One thread.
#pragma once

#include "milters/attachments/scanner/scan.h"

namespace gatepost::attachments {

using ScanFunction = ScanResult (*)(const Content& content, const ScanRequest& request,
                                    Scratch& scratch, ScanSink& sink);

// The milter's end is descriptor 3, scratch files follow. Arguments, which the milter alone gives:
//   --user=NAME --memory=BYTES --scratch=COUNT --file-size=BYTES --allow-unconfined
//   --no-seccomp --no-landlock
// Returns the exit status: 0 when the milter hung up, 1 when it cannot serve, which the milter was
// told, 64 for arguments that it does not know.
int RunScanner(int argc, char** argv, ScanFunction scan);

}  // namespace gatepost::attachments
