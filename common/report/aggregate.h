// What DMARC aggregate reports are made of (RFC 9990): what the program that judges mail collects,
// and the program that sends reports reads. Value types; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gatepost::report {

// The values are already in the words of the schema ("pass", "treewalk", "r"); foreign text in
// them is bounded and cleaned when a row is written down.
struct PolicyPublished {
  std::string domain;            // where the record was found
  std::string policy;            // p
  std::string subdomain_policy;  // sp, "" where absent
  std::string nonexistent_policy;
  std::string dkim_alignment;  // "r" or "s"
  std::string spf_alignment;
  std::string testing;           // "y" or "n"
  std::string failure_options;   // fo
  std::string discovery_method;  // "treewalk" or "psl"
  friend auto operator<=>(const PolicyPublished&, const PolicyPublished&) = default;
};

struct OverrideReason {
  std::string type;  // "local_policy", "mailing_list", "policy_test_mode", "trusted_forwarder",
                     // "other"
  std::string comment;
  friend auto operator<=>(const OverrideReason&, const OverrideReason&) = default;
};

struct DkimRow {
  std::string domain;
  std::string selector;
  std::string result;  // RFC 8601's word
  std::string human_result;
  friend auto operator<=>(const DkimRow&, const DkimRow&) = default;
};

struct SpfRow {
  std::string domain;
  std::string scope;  // "mfrom" or "helo"
  std::string result;
  friend auto operator<=>(const SpfRow&, const SpfRow&) = default;
};

// One evaluation; equal ones are counted.
struct AggregateRow {
  std::string source_ip;
  std::string disposition;  // what was done: "none", "pass", "quarantine", "reject"
  bool dkim_aligned = false;
  bool spf_aligned = false;
  std::vector<OverrideReason> reasons;
  std::string header_from;
  std::string envelope_from;
  std::string envelope_to;  // the recipients' domain; "" where there are several
  std::vector<DkimRow> dkim;
  std::vector<SpfRow> spf;
  PolicyPublished policy;
  friend auto operator<=>(const AggregateRow&, const AggregateRow&) = default;
};

// A row as one line of bytes, the same for equal rows, at most 8 kB: a version and the values
// between tabs. Controls are removed from foreign text, bytes that are no UTF-8 become "?", values
// are cut (domains and comments after 255 bytes, words after 32), and of the lists the first 8
// reasons, 2 SPF and 100 DKIM results stay, of the last those that fit.
std::string Encode(const AggregateRow& row);
// The row that Encode wrote: encoded again it gives the same bytes. kInvalid for all else.
base::Result<AggregateRow> DecodeRow(std::string_view text);

}  // namespace gatepost::report
