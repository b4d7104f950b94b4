// Rows for the tests of this folder.
#pragma once

#include <string>

#include "common/report/report_store.h"
#include "tools/dmarc-report/report_xml.h"

namespace gatepost::dmarc_report {

inline report::AggregateRow RowFrom(const std::string& source_ip) {
  report::AggregateRow row;
  row.source_ip = source_ip;
  row.disposition = "quarantine";
  row.dkim_aligned = true;
  row.reasons = {{"local_policy", "trusted <here>"}};
  row.header_from = "example.com";
  row.envelope_from = "bounces.example.com";
  row.envelope_to = "example.org";
  row.dkim = {{"example.com", "s1", "pass", ""}, {"list.example", "s2", "fail", "bad & broken"}};
  row.spf = {{"mx.example.com", "helo", "pass"}, {"bounces.example.com", "mfrom", "softfail"}};
  row.policy = {"example.com", "reject", "quarantine", "none", "r", "s", "n", "0", "treewalk"};
  return row;
}

// 10.0.0.0, 10.0.0.1 ... counted 1, 2 ...
inline report::DomainRows SomeRows(std::size_t count) {
  report::DomainRows rows;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string ip = "10." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) +
                           "." + std::to_string(i % 256);
    rows.rows.push_back({RowFrom(ip), i + 1});
  }
  return rows;
}

inline ReportHead SomeHead() {
  return {"Example <Org> & \"Sons\"",
          "postmaster@example.org",
          "https://example.org/?a=1&b=2",
          "Gatepost 0",
          {"mx.example.org", "example.com", 20'000},
          ""};
}

}  // namespace gatepost::dmarc_report
