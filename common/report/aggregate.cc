#include "common/report/aggregate.h"

#include "common/report/row_text.h"

namespace gatepost::report {
namespace {

constexpr std::string_view kVersion = "1";
constexpr std::size_t kWord = 32;  // words of the schema
constexpr std::size_t kAddress = 45;
constexpr std::size_t kDomain = 255;
constexpr std::size_t kComment = 255;
constexpr std::size_t kMaxReasons = 8;
constexpr std::size_t kMaxSpf = 2;
constexpr std::size_t kMaxDkim = 100;  // fewer where they are long, see kMaxRowBytes

// Each of these names the values once, for RowWriter and RowReader alike.
template <class Form, class Policy>
void WalkPolicy(Form& form, Policy& policy) {
  form.Text(policy.domain, kDomain);
  form.Text(policy.policy, kWord);
  form.Text(policy.subdomain_policy, kWord);
  form.Text(policy.nonexistent_policy, kWord);
  form.Text(policy.dkim_alignment, kWord);
  form.Text(policy.spf_alignment, kWord);
  form.Text(policy.testing, kWord);
  form.Text(policy.failure_options, kWord);
  form.Text(policy.discovery_method, kWord);
}

constexpr auto kWalkReason = [](auto& form, auto& reason) {
  form.Text(reason.type, kWord);
  form.Text(reason.comment, kComment);
};

constexpr auto kWalkSpf = [](auto& form, auto& spf) {
  form.Text(spf.domain, kDomain);
  form.Text(spf.scope, kWord);
  form.Text(spf.result, kWord);
};

constexpr auto kWalkDkim = [](auto& form, auto& dkim) {
  form.Text(dkim.domain, kDomain);
  form.Text(dkim.selector, kDomain);
  form.Text(dkim.result, kWord);
  form.Text(dkim.human_result, kComment);
};

// The signatures stand last: their number is the sender's choice, and the first ones that fit stay.
template <class Form, class Row>
void Walk(Form& form, Row& row) {
  form.Text(row.source_ip, kAddress);
  form.Text(row.disposition, kWord);
  form.Flag(row.dkim_aligned);
  form.Flag(row.spf_aligned);
  form.Text(row.header_from, kDomain);
  form.Text(row.envelope_from, kDomain);
  form.Text(row.envelope_to, kDomain);
  WalkPolicy(form, row.policy);
  form.List(row.reasons, kMaxReasons, kWalkReason);
  form.List(row.spf, kMaxSpf, kWalkSpf);
  form.List(row.dkim, kMaxDkim, kWalkDkim);
}

}  // namespace

std::string Encode(const AggregateRow& row) {
  RowWriter writer;
  writer.Text(kVersion, kWord);
  Walk(writer, row);
  return std::move(writer).text();
}

base::Result<AggregateRow> DecodeRow(std::string_view text) {
  RowReader reader(text);
  std::string version;
  reader.Text(version, kWord);
  AggregateRow row;
  if (version == kVersion) {
    Walk(reader, row);
    if (reader.whole()) return row;
  }
  return base::Fail(base::ErrorKind::kInvalid, "not a row of an aggregate report");
}

}  // namespace gatepost::report
