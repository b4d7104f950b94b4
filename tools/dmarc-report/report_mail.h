// A report as a message (RFC 9990, "Email"). Pure functions; any thread.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "tools/dmarc-report/report_file.h"
#include "tools/dmarc-report/report_identity.h"

namespace gatepost::dmarc_report {

struct ReportSender {
  std::string name;
  std::string from;
};

// The message with the compressed file attached. kInvalid where an address is not plain.
base::Result<std::string> FormatReportMail(const ReportSender& sender, const std::string& to,
                                           const ReportIdentity& identity, const ReportFile& file,
                                           base::WallTime now);

}  // namespace gatepost::dmarc_report
