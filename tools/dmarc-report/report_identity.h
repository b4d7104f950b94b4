// What names a report: who sends it, about which domain and day. The same three give the same
// identifiers on every host and in every run, so a report that goes twice is known as one
// (RFC 9990, "Unique Identifiers in Aggregate Reporting"). Value type; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/mail/domain.h"
#include "common/report/report_store.h"

namespace gatepost::dmarc_report {

// 32 hex digits: the first half of its SHA-256.
std::string HexDigest(std::string_view text);

struct ReportIdentity {
  std::string submitter;  // a domain in A-labels
  std::string domain;     // the policy domain, in A-labels
  report::Day day = 0;

  std::int64_t begin() const { return day * 86'400; }
  std::int64_t end() const { return begin() + 86'399; }  // periods do not overlap

  // 32 hex digits: the Report-ID, and the unique-id of the file's name.
  std::string Id() const;
  // Without brackets.
  std::string MessageId() const { return Id() + "@" + submitter; }
  // "receiver!domain!begin!end!unique.xml"
  std::string FileName() const;
  // 0 to 2^32 - 1, for spreading send times.
  std::uint32_t Spread() const;
};

}  // namespace gatepost::dmarc_report
