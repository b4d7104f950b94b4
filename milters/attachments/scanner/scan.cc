#include "milters/attachments/scanner/scan.h"

#include "milters/attachments/scanner/scan_run.h"

namespace gatepost::attachments {

ScanResult Scan(const Content& content, const ScanRequest& request, Scratch& scratch,
                ScanSink& sink) {
  ScanRun run(request, content.size(), scratch, sink);
  ScanResult result = run.Inspect(content, {"", request.names, request.declared_types, 0});
  result.spent = run.meter().spent();
  result.unpacked = run.meter().unpacked();
  return result;
}

}  // namespace gatepost::attachments
