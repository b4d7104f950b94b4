// Rows into the XML of an aggregate report (RFC 9990, namespace urn:ietf:params:xml:ns:dmarc-2.0).
// Whatever the rows hold, the result is valid by the schema: words that it does not know become the
// harmless one of their kind. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/report/report_store.h"
#include "tools/dmarc-report/report_identity.h"

namespace gatepost::dmarc_report {

struct ReportHead {
  std::string organization;
  std::string contact;
  std::string extra_contact;  // "": left out
  std::string generator;
  ReportIdentity identity;
  std::string error;  // "": left out
};

// One policy configuration a report: that of most messages (of equal ones, the first in order).
report::PolicyPublished MostSeenPolicy(std::span<const report::CountedRow> rows);

// Rows that differ in nothing that a report shows of them become one; the most counted come first,
// equal counts in the order of the rows. The same rows in any order give the same result.
std::vector<report::CountedRow> Group(std::vector<report::CountedRow> rows);

// The whole document. The schema wants one row at least.
std::string FormatXml(const ReportHead& head, const report::PolicyPublished& policy,
                      std::span<const report::CountedRow> rows);

}  // namespace gatepost::dmarc_report
