#include "milters/dmarc/failure_report.h"

#include <functional>
#include <string>

#include "common/base/strings.h"
#include "tests/milters/dmarc/example_facts.h"

namespace gatepost::dmarc {
namespace {

using auth::DkimResult;
using auth::DmarcPolicy;
using auth::DmarcResult;
using auth::SpfResult;

Facts Reportable(const char* failure_options) {
  Facts facts = ForgedFacts(DmarcPolicy::kReject);
  facts.dmarc[0].record->failure_options = failure_options;
  facts.dmarc[0].record->failure_uris = {"ruf@example.org", "ruf@collector.example"};
  return facts;
}

struct DueCase {
  const char* name;
  const char* failure_options;
  std::function<void(ReportRules&, Facts&)> set_up;
  bool want;
};

void AlignSpf(Facts& facts) {
  facts.dmarc[0].result = DmarcResult::kPass;
  facts.dmarc[0].spf_aligned = true;
}

TEST(IsFailureReportDue, FollowsTheFailureOptions) {
  for (const DueCase& c : {
           DueCase{"0: nothing aligned", "0", [](auto&, auto&) {}, true},
           DueCase{"0: SPF aligned", "0", [](auto&, auto&f) { AlignSpf(f); }, false},
           DueCase{"1: SPF aligned, DKIM not", "1", [](auto&, auto&f) { AlignSpf(f); }, true},
           DueCase{"1: both aligned", "1",
                   [](auto&, auto&f) {
                     AlignSpf(f);
                     f.dmarc[0].aligned_dkim = {"example.org"};
                   },
                   false},
           DueCase{"d: no signature", "d", [](auto&, auto&) {}, false},
           DueCase{"d: a signature fails", "d",
                   [](auto&, auto&f) { f.dkim = {Signature("x.example", DkimResult::kFail)}; },
                   true},
           DueCase{"d: a signature could not be checked", "d",
                   [](auto&, auto&f) { f.dkim = {Signature("x.example", DkimResult::kTempError)}; },
                   false},
           DueCase{"s: SPF passes", "s", [](auto&, auto&) {}, false},
           DueCase{"s: SPF softfails", "s",
                   [](auto&, auto&f) { f.spf.mail_from.result = SpfResult::kSoftfail; }, true},
           DueCase{"ds: one is enough", "ds",
                   [](auto&, auto&f) { f.spf.mail_from.result = SpfResult::kFail; }, true},
           DueCase{"switched off", "0", [](auto&r, auto&) { r.failure_reports = false; }, false},
           DueCase{"excluded", "0", [](auto&r, auto&) { r.exclude = {"example.org"}; }, false},
           DueCase{"nobody asks", "0",
                   [](auto&, auto&f) { f.dmarc[0].record->failure_uris.clear(); }, false},
           DueCase{"the null sender: never a report on a report", "0",
                   [](auto&, auto&f) { f.client.reverse_path = ""; }, false},
           DueCase{"not judged", "0",
                   [](auto&, auto&f) { f.dmarc[0].result = DmarcResult::kTempError; }, false},
           DueCase{"several authors", "0",
                   [](auto&, auto&f) { f.dmarc.push_back(WithoutPolicy("b.org")); }, false},
       }) {
    ReportRules rules;
    rules.failure_reports = true;
    Facts facts = Reportable(c.failure_options);
    c.set_up(rules, facts);
    EXPECT_EQ(IsFailureReportDue(rules, facts), c.want) << c.name;
  }
}

TEST(FindFailureRecipients, ParksThoseElsewhere) {
  const FailureRecipients found = FindFailureRecipients(Reportable("0"));
  EXPECT_THAT(found.own, testing::ElementsAre("ruf@example.org"));
  EXPECT_THAT(found.external, testing::ElementsAre("ruf@collector.example"));
}

std::string Report(Facts facts, const std::vector<mail::HeaderField>& fields) {
  const FailureReportFrame frame{"postmaster@example.net", "ruf@example.org", "1@mx.example.net",
                                 "mx.example.net", base::WallTime(std::chrono::seconds(0))};
  return FormatFailureReport(frame, facts, Decide(DmarcOptions{}, facts), fields);
}

TEST(FormatFailureReport, IsAFeedbackReportOfRfc9991) {
  Facts facts = Reportable("0");
  facts.dkim = {Signature("example.org", DkimResult::kFail)};
  facts.dkim[0].identity = "alice@example.org";
  const std::string report =
      Report(facts, {{"Received", " from a (b [192.0.2.9])\n\tby c for <bob@example.net>"},
                     {"Subject", " secret"},
                     {"To", " bob@example.net"},
                     {"From", " Alice <alice@example.org>"},
                     {"Message-ID", " <token@example.org>"}});
  EXPECT_EQ(report,
            "From: <postmaster@example.net>\r\n"
            "To: <ruf@example.org>\r\n"
            "Subject: DMARC failure report for\r\n example.org\r\n"
            "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"
            "Message-ID: <1@mx.example.net>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=feedback-report;\r\n"
            " boundary=\"=_gatepost-failure-report\"\r\n"
            "\r\n"
            "--=_gatepost-failure-report\r\n"
            "Content-Type: text/plain; charset=us-ascii\r\n"
            "\r\n"
            "A message that names example.org as its author came from 198.51.100.7.\r\n"
            "SPF pass for stranger.example.net, which is not aligned; DKIM fail for example.org "
            "(body hash did not verify).\r\n"
            "\r\n"
            "This report was made by a program, because the DMARC record of the domain\r\n"
            "asks for it. Local parts of addresses were removed.\r\n"
            "\r\n"
            "--=_gatepost-failure-report\r\n"
            "Content-Type: message/feedback-report\r\n"
            "\r\n"
            "Feedback-Type: auth-failure\r\n"
            "User-Agent: gatepost-dmarc\r\n"
            "Version: 1\r\n"
            "Original-Mail-From: <redacted@stranger.example.net>\r\n"
            "Arrival-Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"
            "Source-IP: 198.51.100.7\r\n"
            "Reported-Domain: example.org\r\n"
            "Authentication-Results: mx.example.net;\r\n"
            "\tiprev=pass (stranger.example.net) policy.iprev=198.51.100.7;\r\n"
            "\tspf=pass smtp.mailfrom=@stranger.example.net;\r\n"
            "\tspf=none smtp.helo=stranger.example.net;\r\n"
            "\tdkim=fail reason=\"body hash did not verify\" header.d=example.org\r\n"
            "\theader.i=@example.org header.s=s1 header.a=rsa-sha256;\r\n"
            "\tarc=none smtp.remote-ip=198.51.100.7;\r\n"
            "\tdmarc=fail reason=\"spf and dkim not aligned\" (p=reject dis=reject)\r\n"
            "\theader.from=example.org policy.dmarc=reject polrec.p=reject\r\n"
            "Auth-Failure: dmarc\r\n"
            "Delivery-Result: reject\r\n"
            "Identity-Alignment: dkim, spf\r\n"
            "DKIM-Domain: example.org\r\n"
            "DKIM-Identity: redacted@example.org\r\n"
            "DKIM-Selector: s1\r\n"
            "\r\n"
            "--=_gatepost-failure-report\r\n"
            "Content-Type: text/rfc822-headers\r\n"
            "\r\n"
            "From: redacted@example.org\r\n"
            "Received: from a (b [192.0.2.9]) by c for <redacted@example.net>\r\n"
            "Message-ID: <redacted@example.org>\r\n"
            "\r\n"
            "--=_gatepost-failure-report--\r\n");
}

TEST(FormatFailureReport, NamesNobodyWhateverTheMessageHolds) {
  Facts facts = Reportable("0");
  facts.client.reverse_path = "\"secret name\"@example.org";
  const std::string report =
      Report(facts, {{"Received", " by x (Authenticated sender: secret@example.net) for secret@y"},
                     {"DKIM-Signature", " i=secret@example.org; z=To:secret@example.net"},
                     {"Message-ID", " <\"secret\"@example.org>"},
                     {"X-Mailer", " a\r\n\r\n--=_gatepost-failure-report\r\nX: y"}});
  EXPECT_THAT(report, testing::Not(testing::HasSubstr("secret")));
  EXPECT_THAT(report, testing::HasSubstr("X-Mailer: a --=_gatepost-failure-report X: y\r\n"));
}

TEST(FormatFailureReport, IsBoundedAscii) {
  Facts facts = Reportable("0");
  for (int i = 0; i < 1000; ++i) facts.author.addresses.push_back({"a", D("example.org")});
  std::vector<mail::HeaderField> fields(
      1000, {"Received", std::string(100'000, '\xff') + std::string(100'000, '@')});
  fields.push_back({"X-Mailer", std::string(100'000, '@')});
  fields.insert(fields.begin(), {"X-Mailer", std::string(100'000, '@')});
  const std::string report = Report(facts, fields);
  EXPECT_LT(report.size(), 64U * 1024);
  for (std::string_view line : base::Split(report, '\n')) EXPECT_LE(line.size(), 999U);
  for (char c : report) EXPECT_GE(static_cast<signed char>(c), 9);
}

}  // namespace
}  // namespace gatepost::dmarc
