#include "milters/dmarc/aggregate_row.h"

#include <functional>
#include <string>

#include "tests/milters/dmarc/example_facts.h"

namespace gatepost::dmarc {
namespace {

using auth::DkimResult;
using auth::DmarcPolicy;
using auth::DmarcResult;

report::AggregateRow RowOf(const Facts& facts, const DmarcOptions& options = {}) {
  return ToAggregateRow(facts, Decide(options, facts));
}

TEST(ToAggregateRow, SpeaksTheSchemasWords) {
  Facts facts = ForgedFacts(DmarcPolicy::kReject);
  facts.dkim = {Signature("z.example", DkimResult::kFail),
                Signature("a.example", DkimResult::kPass)};
  facts.dmarc[0].policy_domain = D("example.org");
  facts.dmarc[0].author_domain = D("mail.example.org");
  facts.dmarc[0].record->subdomain_policy = DmarcPolicy::kQuarantine;
  facts.dmarc[0].record->spf_alignment = auth::Alignment::kStrict;
  facts.dmarc[0].record->failure_options = "1d";
  report::AggregateRow want;
  want.source_ip = "198.51.100.7";
  want.disposition = "reject";
  want.header_from = "mail.example.org";
  want.envelope_from = "stranger.example.net";
  want.envelope_to = "example.net";
  want.dkim = {{"a.example", "s1", "pass", ""},
               {"z.example", "s1", "fail", "body hash did not verify"}};
  want.spf = {{"stranger.example.net", "mfrom", "pass"}};
  want.policy = {"example.org", "reject", "quarantine", "", "r", "s", "n", "1:d", "treewalk"};
  const report::AggregateRow row = RowOf(facts);
  EXPECT_EQ(report::Encode(row), report::Encode(want));
  EXPECT_TRUE(row == want);
}

struct DispositionCase {
  const char* name;
  std::function<void(DmarcOptions&, Facts&)> set_up;  // departs from a forgery under p=reject
  const char* disposition;
  const char* reasons;
};

std::string Reasons(const report::AggregateRow& row) {
  std::string text;
  for (const auto& reason : row.reasons) text += reason.type + ": " + reason.comment + ";";
  return text;
}

TEST(ToAggregateRow, TellsWhatWasDoneAndWhyNotMore) {
  for (const DispositionCase& c : {
           DispositionCase{"reject", [](auto&, auto&) {}, "reject", ""},
           DispositionCase{"quarantine",
                           [](auto&, auto&f) { f = ForgedFacts(DmarcPolicy::kQuarantine); },
                           "quarantine", ""},
           DispositionCase{"none", [](auto&, auto&f) { f = ForgedFacts(DmarcPolicy::kNone); },
                           "none", ""},
           DispositionCase{"a pass under p=reject", [](auto&, auto&f) { f = GoodFacts(); }, "pass",
                           ""},
           DispositionCase{"a pass under p=none",
                           [](auto&, auto&f) {
                             f = GoodFacts();
                             f.dmarc[0].published = DmarcPolicy::kNone;
                           },
                           "none", ""},
           DispositionCase{"a forwarder",
                           [](auto&o, auto&) { o.forwarders.names = {"stranger.example.net"}; },
                           "none", "trusted_forwarder: client stranger.example.net;"},
           DispositionCase{"monitoring only",
                           [](auto&o, auto&) { o.dmarc.mode = RuleMode::kShadow; }, "none",
                           "local_policy: policies are only monitored;"},
           DispositionCase{"t=y",
                           [](auto&, auto&f) {
                             f.dmarc[0].record->testing = true;
                             f.dmarc[0].disposition = DmarcPolicy::kQuarantine;
                           },
                           "quarantine", "policy_test_mode: t=y;"},
       }) {
    DmarcOptions options;
    Facts facts = ForgedFacts(DmarcPolicy::kReject);
    c.set_up(options, facts);
    const report::AggregateRow row = RowOf(facts, options);
    EXPECT_EQ(row.disposition, c.disposition) << c.name;
    EXPECT_EQ(Reasons(row), c.reasons) << c.name;
  }
}

TEST(ToAggregateRow, TellsOfAlignment) {
  const report::AggregateRow row = RowOf(GoodFacts());
  EXPECT_TRUE(row.dkim_aligned);
  EXPECT_TRUE(row.spf_aligned);
  EXPECT_FALSE(RowOf(ForgedFacts(DmarcPolicy::kNone)).dkim_aligned);
}

TEST(ToAggregateRow, LeavesOutSignaturesThatTheSchemaCannotHold) {
  Facts facts = GoodFacts();
  facts.dkim = {Signature("", DkimResult::kPermError), Signature("a.example", DkimResult::kPass),
                Signature("b.example", DkimResult::kPass)};
  facts.dkim[1].selector = "";
  const report::AggregateRow row = RowOf(facts);
  ASSERT_EQ(row.dkim.size(), 1U);
  EXPECT_EQ(row.dkim[0].domain, "b.example");
}

TEST(ToAggregateRow, NamesTheRecipientsDomainWhereItIsOne) {
  Facts facts = GoodFacts();
  facts.client.recipients = {"a@example.net", "b@EXAMPLE.net"};
  EXPECT_EQ(RowOf(facts).envelope_to, "example.net");
  facts.client.recipients.push_back("c@example.com");
  EXPECT_EQ(RowOf(facts).envelope_to, "");
  facts.client.recipients = {"postmaster"};
  EXPECT_EQ(RowOf(facts).envelope_to, "");
}

TEST(IsReported, MakesNoReportOfAReport) {
  ReportRules rules;
  Facts facts = GoodFacts();
  facts.client.recipients = {"dmarc@example.net", "x@reports.example.net"};
  EXPECT_TRUE(IsReported(rules, facts));
  rules.exclude_recipients = {"DMARC@example.net", "@reports.example.net"};
  EXPECT_FALSE(IsReported(rules, facts));
  facts.client.recipients.push_back("bob@example.net");
  EXPECT_TRUE(IsReported(rules, facts)) << "bob gets it, too";
}

TEST(IsReported, TellsOwnersWhoAsk) {
  ReportRules rules;
  Facts facts = GoodFacts();
  EXPECT_TRUE(IsReported(rules, facts));
  rules.collect = false;
  EXPECT_FALSE(IsReported(rules, facts));
  rules.collect = true;
  rules.exclude = {"example.org"};
  EXPECT_FALSE(IsReported(rules, facts));
  rules.exclude = {"*.example.org"};
  EXPECT_TRUE(IsReported(rules, facts));
  facts.dmarc[0].result = DmarcResult::kTempError;
  EXPECT_FALSE(IsReported(rules, facts));
  facts = GoodFacts();
  facts.dmarc[0].record->aggregate_uris.clear();
  EXPECT_FALSE(IsReported(rules, facts));
  facts.dmarc = {WithoutPolicy("example.org")};
  EXPECT_FALSE(IsReported(rules, facts));
  facts = GoodFacts();
  facts.dmarc.push_back(facts.dmarc[0]);
  EXPECT_FALSE(IsReported(rules, facts)) << "two authors are outside DMARC";
}

}  // namespace
}  // namespace gatepost::dmarc
