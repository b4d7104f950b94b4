// Runs against a store in memory, a resolver without packets, a clock that stands still and an SMTP
// server that keeps what it takes.
#include "tools/dmarc-report/report_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/store/memory_store.h"
#include "tests/support/memory_resolver.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"
#include "tests/tools/dmarc-report/rows.h"
#include "tests/tools/dmarc-report/smtp_sink.h"
#include "tools/dmarc-report/bounce.h"

namespace gatepost::dmarc_report {
namespace {

using namespace std::chrono_literals;
using support::SmtpSink;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr report::Day kDay = 20'000;

class ReportRunTest : public testing::Test {
 protected:
  ReportRunTest() {
    options_.enabled = true;
    options_.reporter = {"Example Org", "postmaster@example.org", "", "mx.example.org"};
    options_.mail.from = "dmarc@example.org";
    options_.mail.bounce_address = "bounces@example.org";
    options_.mail.server = sink_.endpoint();
    options_.schedule.spread = 0s;
    // Two hours after the end of the day.
    clock_.Advance(base::WallTime(std::chrono::hours(24 * (kDay + 1) + 2)) - clock_.Wall());
  }

  void Collect(const std::string& domain, const std::vector<std::string>& addresses,
               report::Day day = kDay) {
    report::AggregateRow row = RowFrom("192.0.2.1");
    row.policy.domain = domain;
    const auto added = report::ReportStore(store_).Add(day, row, addresses, StoreDeadline());
    ASSERT_TRUE(added) << added.error().message;
  }

  base::Result<RunCounts> Run() {
    const DestinationCheck destinations(resolver_, WalkTree(resolver_));
    const submit::Submitter submitter({sink_.endpoint(), "mx.example.org"});
    const Services services{store_, destinations, submitter, clock_};
    return ReportRun(options_, services).Run();
  }

  RunCounts RunWell() {
    const auto counts = Run();
    EXPECT_TRUE(counts) << counts.error().message;
    return counts.value_or(RunCounts());
  }

  std::vector<std::string> Recipients() const {
    std::vector<std::string> recipients;
    for (const auto& mail : sink_.mails()) recipients.push_back(mail.to);
    return recipients;
  }

  std::vector<std::string> Left(report::Day day = kDay) {
    return report::ReportStore(store_).Domains(day, StoreDeadline()).value();
  }

  SmtpSink sink_;
  base::ManualClock clock_;
  store::MemoryStore store_{clock_};
  test::MemoryResolver resolver_;
  ReportOptions options_;
};

TEST_F(ReportRunTest, ADueReportGoesOnceAndIsForgotten) {
  Collect("example.com", {"reports@example.com"});
  EXPECT_EQ(RunWell().sent, 1);
  EXPECT_EQ(RunWell().sent, 0);
  ASSERT_THAT(sink_.mails(), SizeIs(1));
  const auto mail = sink_.mails()[0];
  EXPECT_EQ(mail.to, "reports@example.com");
  EXPECT_THAT(mail.from, testing::MatchesRegex("bounces\\+[0-9a-f]+@example\\.org"));
  EXPECT_THAT(mail.Field("Subject"), HasSubstr("Report Domain: example.com"));
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(ReportRunTest, TheDayThatStillLastsIsNotReported) {
  Collect("example.com", {"reports@example.com"}, kDay + 1);
  EXPECT_EQ(RunWell().sent, 0);
  clock_.Advance(24h);
  EXPECT_EQ(RunWell().sent, 1);
}

TEST_F(ReportRunTest, ReportsAreSpreadByDomainAndDay) {
  options_.schedule.spread = 10h;
  for (int i = 0; i < 40; ++i) {
    const std::string domain = "d" + std::to_string(i) + ".example.com";
    Collect(domain, {"reports@" + domain});
  }
  std::vector<std::int64_t> sent;
  for (int hour = 0; hour < 11; ++hour, clock_.Advance(1h)) sent.push_back(RunWell().sent);
  EXPECT_EQ(sink_.mails().size(), 40U);
  EXPECT_GE(std::ranges::count_if(sent, [](auto n) { return n > 0; }), 6);
}

TEST_F(ReportRunTest, EveryAddressOfTheRecordGetsItUpToTheLimit) {
  options_.mail.max_addresses = 2;
  Collect("example.com", {"a@example.com", "b@example.com", "c@example.com"});
  EXPECT_EQ(RunWell().sent, 2);
  EXPECT_THAT(Recipients(), ElementsAre("a@example.com", "b@example.com"));
  EXPECT_EQ(sink_.mails()[0].Field("Message-ID"), sink_.mails()[1].Field("Message-ID"));
  EXPECT_NE(sink_.mails()[0].from, sink_.mails()[1].from);
}

TEST_F(ReportRunTest, ExcludedDomainsAndAddressesGetNothing) {
  options_.exclude.domains = {"quiet.example"};
  options_.exclude.addresses = {"One@Example.com", "@analyzer.example"};
  Collect("sub.quiet.example", {"reports@sub.quiet.example"});
  Collect("example.com", {"one@example.com", "two@example.com", "x@analyzer.example"});
  EXPECT_EQ(RunWell().sent, 1);
  EXPECT_THAT(Recipients(), ElementsAre("two@example.com"));
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(ReportRunTest, TheReportersOwnDomainsAreNeverReportedOn) {
  Collect("example.org", {"reports@example.org"});
  Collect("news.example.org", {"reports@news.example.org"});
  Collect("mx.example.org", {"reports@mx.example.org"});
  EXPECT_EQ(RunWell().sent, 0);
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(ReportRunTest, AStrangerIsAskedByDnsBeforeItGetsReports) {
  resolver_.AddTxt("example.com._report._dmarc.willing.example", "v=DMARC1;");
  Collect("example.com", {"x@willing.example", "x@victim.example"});
  EXPECT_EQ(RunWell().sent, 1);
  EXPECT_THAT(Recipients(), ElementsAre("x@willing.example"));
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(ReportRunTest, WhereDnsDoesNotAnswerTheReportWaits) {
  const std::string name = "example.com._report._dmarc.willing.example";
  resolver_.Fail(name, dns::Status::kServFail);
  Collect("example.com", {"a@example.com", "x@willing.example"});
  EXPECT_EQ(RunWell().sent, 1);
  EXPECT_THAT(Left(), ElementsAre("example.com"));
  EXPECT_EQ(RunWell().sent, 0) << "the first address has it";
  test::MemoryResolver better;
  better.AddTxt(name, "v=DMARC1");
  const DestinationCheck destinations(better, WalkTree(better));
  const submit::Submitter submitter({sink_.endpoint(), "mx.example.org"});
  const Services services{store_, destinations, submitter, clock_};
  EXPECT_EQ(ReportRun(options_, services).Run()->sent, 1);
  EXPECT_THAT(Recipients(), ElementsAre("a@example.com", "x@willing.example"));
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(ReportRunTest, WhatNobodyTookIsGivenUpAtLast) {
  sink_.Reply("RCPT", "451 later");
  Collect("example.com", {"a@example.com"});
  EXPECT_EQ(RunWell().failed, 1);
  EXPECT_EQ(RunWell().failed, 0) << "not again at once";
  clock_.Advance(16min);
  EXPECT_EQ(RunWell().failed, 1);
  clock_.Advance(72h);
  EXPECT_EQ(RunWell().failed, 0);
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(ReportRunTest, AnAddressRefusedForNowDoesNotStopTheOthers) {
  sink_.Reply("a@example.com", "450 later");
  sink_.Reply("b@b.example.com", "550 never");
  Collect("example.com", {"a@example.com"});
  Collect("b.example.com", {"b@b.example.com"});
  Collect("c.example.com", {"c@c.example.com"});
  const RunCounts counts = RunWell();
  EXPECT_EQ(counts.sent, 1);
  EXPECT_EQ(counts.failed, 2);
  EXPECT_FALSE(counts.server_away);
  EXPECT_THAT(Left(), UnorderedElementsAre("example.com", "b.example.com"));
}

TEST_F(ReportRunTest, WhereTheMailServerIsAwayTheRunEnds) {
  sink_.Reply("connect", "421 busy");
  for (const char* domain : {"a.example", "b.example"}) {
    Collect(domain, {std::string("x@") + domain});
  }
  const RunCounts counts = RunWell();
  EXPECT_TRUE(counts.server_away);
  EXPECT_EQ(counts.failed, 1);
}

TEST_F(ReportRunTest, ARunSendsNoMoreThanItsCap) {
  options_.schedule.max_per_run = 3;
  for (int i = 0; i < 5; ++i) {
    const std::string domain = "d" + std::to_string(i) + ".example.com";
    Collect(domain, {"reports@" + domain});
  }
  EXPECT_EQ(RunWell().sent, 3);
  EXPECT_EQ(RunWell().sent, 2);
}

TEST_F(ReportRunTest, RowsThatComeAfterTheReportAreDropped) {
  Collect("example.com", {"a@example.com"});
  RunWell();
  Collect("example.com", {"a@example.com"});
  EXPECT_EQ(RunWell().sent, 0);
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_THAT(sink_.mails(), SizeIs(1));
}

TEST_F(ReportRunTest, ARepeatedMessageHasTheSameIdentifiersAndSender) {
  Collect("example.com", {"a@example.com"});
  sink_.Reply(".", "451 lost");  // as if nobody knew
  RunWell();
  sink_.Reply(".", "250 kept");
  const auto marks = ReportMarks(store_).Read(kDay, StoreDeadline());
  ASSERT_THAT(*marks, SizeIs(1));
  const std::string token = marks->begin()->second.addresses.at(0).token;
  clock_.Advance(1h);
  RunWell();
  EXPECT_EQ(ReportMarks(store_).Read(kDay, StoreDeadline())->begin()->second.addresses[0].token,
            token);
}

TEST_F(ReportRunTest, AnAddressThatBouncedGetsNothingUntilItsTimeIsOver) {
  Collect("example.com", {"gone@example.com"});
  RunWell();
  const auto mail = sink_.mails().at(0);
  const std::string bounce =
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
      "Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; gone@example.com\n"
      "Action: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: " +
      mail.Field("Message-ID") + "\n\n--b--\n";
  const auto learned =
      LearnFromBounce({bounce, mail.from}, 24h * 90, store_, clock_, StoreDeadline());
  EXPECT_EQ(*learned, BounceOutcome::kRefused);
  clock_.Advance(24h);
  Collect("example.com", {"Gone@Example.com"}, kDay + 1);
  EXPECT_EQ(RunWell().sent, 0);
  EXPECT_THAT(Left(kDay + 1), IsEmpty());
  clock_.Advance(24h * 90);
  Collect("example.com", {"gone@example.com"}, kDay + 91);
  EXPECT_EQ(RunWell().sent, 1);
}

TEST_F(ReportRunTest, AnotherHoldersLeaseIsRespected) {
  Collect("example.com", {"a@example.com"});
  SenderLease other(store_, 5min);
  ASSERT_TRUE(*other.Hold());
  EXPECT_TRUE(RunWell().another_sends);
  EXPECT_THAT(sink_.mails(), IsEmpty());
  clock_.Advance(6min);
  EXPECT_EQ(RunWell().sent, 1);
}

TEST_F(ReportRunTest, ADryRunWritesFilesAndChangesNothing) {
  const support::TempFolder folder;
  Collect("example.com", {"a@example.com"});
  Collect("example.com", {"a@example.com"}, kDay + 1);
  Collect("example.org", {"a@example.org"});
  const DestinationCheck destinations(resolver_, WalkTree(resolver_));
  const submit::Submitter submitter({sink_.endpoint(), "mx.example.org"});
  const Services services{store_, destinations, submitter, clock_};
  EXPECT_EQ(*ReportRun(options_, services).WriteFiles(folder.path()), 2);
  const ReportIdentity identity{"mx.example.org", "example.com", kDay};
  EXPECT_THAT(support::ReadWholeFile(folder.path() / identity.FileName()),
              HasSubstr("<domain>example.com</domain>"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / (identity.FileName() + ".gz")));
  EXPECT_THAT(sink_.mails(), IsEmpty());
  EXPECT_EQ(RunWell().sent, 1);
}

TEST_F(ReportRunTest, ADryRunIntoNowhereIsAnError) {
  Collect("example.com", {"a@example.com"});
  const DestinationCheck destinations(resolver_, WalkTree(resolver_));
  const submit::Submitter submitter({sink_.endpoint(), "mx.example.org"});
  const Services services{store_, destinations, submitter, clock_};
  EXPECT_EQ(ReportRun(options_, services).WriteFiles("/nonexistent/x").error().kind,
            base::ErrorKind::kPermission);
}

}  // namespace
}  // namespace gatepost::dmarc_report
