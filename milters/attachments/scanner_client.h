// Has a file looked into by the confined scanner process. The milter's side; implemented by
// scanner_pool.h with processes, by tests without. Any thread.
#pragma once

#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "milters/attachments/item.h"
#include "milters/attachments/scanner/scan.h"
#include "milters/attachments/scanner/scan_file.h"

namespace gatepost::attachments {

class ScannerClient {
 public:
  using OnMember = std::function<void(Item&&)>;

  virtual ~ScannerClient() = default;
  // Waits for a free process and for its answer, until the deadline. Members are told while they
  // are found, in this thread. kUnavailable: the process died of this file (it is told in the log,
  // and the next one has a fresh process) or none can be started; kTimeout; kLimit: all are busy.
  virtual base::Result<ScanResult> Scan(const ScanRequest& request, const ScanFile& file,
                                        const OnMember& on_member, base::Deadline deadline) = 0;
};

}  // namespace gatepost::attachments
