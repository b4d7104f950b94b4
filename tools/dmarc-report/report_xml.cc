#include "tools/dmarc-report/report_xml.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tools/dmarc-report/xml_text.h"

namespace gatepost::dmarc_report {
namespace {

using report::AggregateRow;
using report::CountedRow;
using report::PolicyPublished;

constexpr std::size_t kMaxSignatures = 100;  // "DKIM Signatures in Aggregate Reports"
constexpr std::size_t kMaxReasons = 20;

using Words = std::span<const std::string_view>;
constexpr std::string_view kPolicies[] = {"none", "quarantine", "reject"};
constexpr std::string_view kDispositions[] = {"none", "pass", "quarantine", "reject"};
constexpr std::string_view kAlignments[] = {"r", "s"};
constexpr std::string_view kTesting[] = {"n", "y"};
constexpr std::string_view kDiscovery[] = {"psl", "treewalk"};
constexpr std::string_view kReasons[] = {"local_policy", "mailing_list", "policy_test_mode",
                                         "trusted_forwarder", "other"};
constexpr std::string_view kDkimResults[] = {"none",    "pass",      "fail",     "policy",
                                             "neutral", "temperror", "permerror"};
constexpr std::string_view kSpfResults[] = {"none",   "pass",    "fail",      "softfail",
                                            "policy", "neutral", "temperror", "permerror"};

bool IsOneOf(std::string_view word, Words words) {
  return std::ranges::find(words, word) != words.end();
}

std::string_view OneOf(std::string_view word, Words words, std::string_view otherwise) {
  return IsOneOf(word, words) ? word : otherwise;
}

// Nothing for a word that is not one of the schema's.
std::string OptionalElement(int level, std::string_view name, std::string_view word, Words words) {
  return IsOneOf(word, words) ? XmlElement(level, name, word) : "";
}

std::string TextElement(int level, std::string_view name, std::string_view text) {
  return text.empty() ? "" : XmlElement(level, name, text);
}

std::string FormatMetadata(const ReportHead& head) {
  const ReportIdentity& identity = head.identity;
  return "  <report_metadata>\n" + XmlElement(2, "org_name", head.organization) +
         XmlElement(2, "email", head.contact) +
         TextElement(2, "extra_contact_info", head.extra_contact) +
         XmlElement(2, "report_id", identity.Id()) + "    <date_range>\n" +
         XmlElement(3, "begin", std::to_string(identity.begin())) +
         XmlElement(3, "end", std::to_string(identity.end())) + "    </date_range>\n" +
         TextElement(2, "error", head.error) + TextElement(2, "generator", head.generator) +
         "  </report_metadata>\n";
}

std::string FormatPolicy(const PolicyPublished& policy, const std::string& domain) {
  return "  <policy_published>\n" + XmlElement(2, "domain", domain) +
         XmlElement(2, "p", OneOf(policy.policy, kPolicies, "none")) +
         OptionalElement(2, "sp", policy.subdomain_policy, kPolicies) +
         OptionalElement(2, "np", policy.nonexistent_policy, kPolicies) +
         OptionalElement(2, "adkim", policy.dkim_alignment, kAlignments) +
         OptionalElement(2, "aspf", policy.spf_alignment, kAlignments) +
         OptionalElement(2, "discovery_method", policy.discovery_method, kDiscovery) +
         TextElement(2, "fo", policy.failure_options) +
         OptionalElement(2, "testing", policy.testing, kTesting) + "  </policy_published>\n";
}

std::string FormatReasons(const AggregateRow& row) {
  std::string xml;
  for (std::size_t i = 0; i < std::min(row.reasons.size(), kMaxReasons); ++i) {
    const report::OverrideReason& reason = row.reasons[i];
    xml += "        <reason>\n" + XmlElement(5, "type", OneOf(reason.type, kReasons, "other")) +
           TextElement(5, "comment", reason.comment) + "        </reason>\n";
  }
  return xml;
}

std::string FormatRow(const CountedRow& counted) {
  const AggregateRow& row = counted.row;
  return "    <row>\n" + XmlElement(3, "source_ip", row.source_ip) +
         XmlElement(3, "count", std::to_string(counted.count)) + "      <policy_evaluated>\n" +
         XmlElement(4, "disposition", OneOf(row.disposition, kDispositions, "none")) +
         XmlElement(4, "dkim", row.dkim_aligned ? "pass" : "fail") +
         XmlElement(4, "spf", row.spf_aligned ? "pass" : "fail") + FormatReasons(row) +
         "      </policy_evaluated>\n    </row>\n";
}

std::string FormatIdentifiers(const AggregateRow& row) {
  // An empty envelope_from says that the reverse-path was null.
  return "    <identifiers>\n" + XmlElement(3, "header_from", row.header_from) +
         XmlElement(3, "envelope_from", row.envelope_from) +
         TextElement(3, "envelope_to", row.envelope_to) + "    </identifiers>\n";
}

std::string FormatDkim(const report::DkimRow& dkim) {
  return "      <dkim>\n" + XmlElement(4, "domain", dkim.domain) +
         XmlElement(4, "selector", dkim.selector) +
         XmlElement(4, "result", OneOf(dkim.result, kDkimResults, "neutral")) +
         TextElement(4, "human_result", dkim.human_result) + "      </dkim>\n";
}

// The schema has room for one result, and "mfrom" is the only scope that DMARC uses.
std::string FormatSpf(const std::vector<report::SpfRow>& results) {
  const auto spf = std::ranges::find(results, "mfrom", &report::SpfRow::scope);
  if (spf == results.end()) return "";
  return "      <spf>\n" + XmlElement(4, "domain", spf->domain) +
         XmlElement(4, "scope", spf->scope) +
         XmlElement(4, "result", OneOf(spf->result, kSpfResults, "neutral")) + "      </spf>\n";
}

std::string FormatResults(const AggregateRow& row) {
  std::string xml = "    <auth_results>\n";
  for (std::size_t i = 0; i < std::min(row.dkim.size(), kMaxSignatures); ++i) {
    xml += FormatDkim(row.dkim[i]);
  }
  return xml + FormatSpf(row.spf) + "    </auth_results>\n";
}

bool ComesFirst(const CountedRow& a, const CountedRow& b) {
  return a.count != b.count ? a.count > b.count : a.row < b.row;
}

}  // namespace

PolicyPublished MostSeenPolicy(std::span<const CountedRow> rows) {
  std::map<PolicyPublished, std::uint64_t> counts;
  for (const CountedRow& row : rows) counts[row.row.policy] += row.count;
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& pair) { return pair.second; });
  return most == counts.end() ? PolicyPublished{} : most->first;
}

std::vector<CountedRow> Group(std::vector<CountedRow> rows) {
  std::map<AggregateRow, std::uint64_t> counts;
  for (CountedRow& counted : rows) {
    counted.row.policy = {};  // stands once in the report
    counts[std::move(counted.row)] += counted.count;
  }
  std::vector<CountedRow> grouped;
  while (!counts.empty()) {
    auto node = counts.extract(counts.begin());
    grouped.push_back({std::move(node.key()), node.mapped()});
  }
  std::ranges::sort(grouped, ComesFirst);
  return grouped;
}

std::string FormatXml(const ReportHead& head, const PolicyPublished& policy,
                      std::span<const CountedRow> rows) {
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n"
      "  <version>1.0</version>\n";
  xml += FormatMetadata(head);
  xml += FormatPolicy(policy, head.identity.domain);
  for (const CountedRow& row : rows) {
    xml += "  <record>\n" + FormatRow(row) + FormatIdentifiers(row.row) + FormatResults(row.row) +
           "  </record>\n";
  }
  return xml + "</feedback>\n";
}

}  // namespace gatepost::dmarc_report
