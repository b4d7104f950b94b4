// A report as the file that is sent: XML, compressed, and within the size that the options allow.
// Pure function; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "common/report/report_store.h"
#include "tools/dmarc-report/report_xml.h"

namespace gatepost::dmarc_report {

struct ReportFile {
  std::string xml;
  std::string gzip;
  std::size_t rows = 0;
  std::uint64_t messages = 0;  // that the rows count
  std::uint64_t left_out = 0;  // messages that were not collected, or did not fit
};

// `head.error` is set where something is left out: the rows that count least go first. kLimit when
// not even one row fits.
base::Result<ReportFile> MakeReportFile(ReportHead head, report::DomainRows rows,
                                        std::size_t max_bytes);

}  // namespace gatepost::dmarc_report
