// Failure reports in runs against a store in memory, a resolver without packets, a clock that
// stands still and an SMTP server that keeps what it takes.
#include "tools/dmarc-report/failure_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "tests/support/memory_resolver.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"
#include "tests/tools/dmarc-report/rows.h"
#include "tests/tools/dmarc-report/smtp_sink.h"
#include "tools/dmarc-report/bounce.h"
#include "tools/dmarc-report/report_run.h"

namespace gatepost::dmarc_report {
namespace {

using namespace std::chrono_literals;
using report::FailureReport;
using support::SmtpSink;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr const char* kConsent = "example.com._report._dmarc.other.example";

FailureReport Report(const std::string& to, const std::string& domain = "example.com") {
  return {domain, to, !to.ends_with("@" + domain),
          "From: <dmarc@example.org>\r\nTo: <" + to + ">\r\nMessage-ID: <1." + domain + "." + to +
              ".x@mx.example.org>\r\n\r\nA message failed.\r\n"};
}

class FailureRunTest : public testing::Test {
 protected:
  FailureRunTest() {
    options_.enabled = true;
    options_.reporter = {"Example Org", "postmaster@example.org", "", "mx.example.org"};
    options_.mail.from = "dmarc@example.org";
    options_.mail.bounce_address = "bounces@example.org";
    options_.mail.server = sink_.endpoint();
  }

  // As the program that judges mail does it, at this time.
  void Queue(const FailureReport& report) {
    ASSERT_TRUE(
        *report::FailureQueue(store_).Add(report, {1'000, 1'000}, clock_.Wall(), StoreDeadline()));
  }
  // Whatever may stand in the store.
  void QueueFields(const store::Fields& fields) {
    const auto key = store::KeyMaker::FailureReports(clock_.Wall().time_since_epoch() / 10min);
    ASSERT_TRUE(store_.Append({{key, fields, 1'000, 24h}}, StoreDeadline()));
  }
  // The slot that was open is closed, and settled.
  void CloseSlot() { clock_.Advance(11min); }

  Services ServicesWith(const DestinationCheck& destinations) {
    return {store_, destinations, submitter_, clock_};
  }

  RunCounts Run(test::MemoryResolver& resolver) {
    const DestinationCheck destinations(resolver, WalkTree(resolver));
    const Services services = ServicesWith(destinations);
    const auto counts = ReportRun(options_, services).Run();
    EXPECT_TRUE(counts) << counts.error().message;
    return counts.value_or(RunCounts());
  }
  RunCounts Run() { return Run(resolver_); }

  std::int64_t WriteFiles(const std::filesystem::path& folder) {
    const DestinationCheck destinations(resolver_, WalkTree(resolver_));
    const Services services = ServicesWith(destinations);
    return *ReportRun(options_, services).WriteFiles(folder);
  }

  std::vector<std::string> Recipients() const {
    std::vector<std::string> recipients;
    for (const auto& mail : sink_.mails()) recipients.push_back(mail.to);
    return recipients;
  }

  // How many are queued, of all slots.
  std::size_t Left() {
    std::size_t left = 0;
    for (const auto slot : report::FailureQueue::Closed(clock_.Wall() + 10min)) {
      left += report::FailureQueue(store_).Read(slot, StoreDeadline())->size();
    }
    return left;
  }

  // How many reports the store remembers something of.
  std::size_t Marks() {
    return store_.GetFields(store::KeyMaker::Admin("dmarc-report-failures"), StoreDeadline())
        ->size();
  }

  static void Consent(test::MemoryResolver& resolver, const std::string& text = "v=DMARC1") {
    resolver.AddTxt(kConsent, text);
  }

  SmtpSink sink_;
  submit::Submitter submitter_{{sink_.endpoint(), "mx.example.org"}};
  base::ManualClock clock_;
  store::MemoryStore store_{clock_};
  test::MemoryResolver resolver_;
  ReportOptions options_;
};

TEST_F(FailureRunTest, AQueuedReportGoesOnceAndIsForgotten) {
  const FailureReport report = Report("ruf@example.com");
  Queue(report);
  CloseSlot();
  EXPECT_EQ(Run().sent, 1);
  EXPECT_EQ(Run().sent, 0);
  ASSERT_THAT(sink_.mails(), SizeIs(1));
  const auto mail = sink_.mails()[0];
  EXPECT_EQ(mail.to, "ruf@example.com");
  EXPECT_THAT(mail.from, testing::MatchesRegex("bounces\\+[0-9a-f]+@example\\.org"));
  EXPECT_EQ(mail.content, report.message);
  EXPECT_EQ(resolver_.Total(), 0U) << "its own organization is not asked";
  EXPECT_EQ(Left(), 0U);
  EXPECT_EQ(Marks(), 0U);
}

TEST_F(FailureRunTest, ASlotIsLeftAloneUntilItHasClosedAndSettled) {
  clock_.Advance(clock_.Wall().time_since_epoch() % 10min == 0s
                     ? 0s
                     : 10min - clock_.Wall().time_since_epoch() % 10min);
  Queue(Report("ruf@example.com"));
  clock_.Advance(10min + 30s);
  EXPECT_EQ(Run().sent, 0);
  clock_.Advance(30s);
  EXPECT_EQ(Run().sent, 1);
}

TEST_F(FailureRunTest, WithoutABounceAddressTheSenderIsNull) {
  options_.mail.bounce_address.clear();
  Queue(Report("ruf@example.com"));
  CloseSlot();
  EXPECT_EQ(Run().sent, 1);
  EXPECT_EQ(sink_.mails().at(0).from, "");
}

TEST_F(FailureRunTest, SwitchedOffNothingGoes) {
  options_.failures = false;
  Queue(Report("ruf@example.com"));
  CloseSlot();
  EXPECT_EQ(Run().sent, 0);
  EXPECT_EQ(Left(), 1U);
}

TEST_F(FailureRunTest, AStrangerGetsThemOnlyIfItSaysSo) {  // RFC 9991, RFC 9990 section 4
  Consent(resolver_);
  Queue(Report("ruf@other.example"));
  Queue(Report("ruf@victim.example"));
  CloseSlot();
  const RunCounts counts = Run();
  EXPECT_EQ(counts.sent, 1);
  EXPECT_EQ(counts.dropped, 1);
  EXPECT_THAT(Recipients(), ElementsAre("ruf@other.example"));
  EXPECT_EQ(Left(), 0U);
}

TEST_F(FailureRunTest, ARufOfTheConsentReplacesTheAddressAndARuaDoesNot) {
  Consent(resolver_, "v=DMARC1; rua=mailto:rua@other.example; ruf=mailto:new@other.example");
  resolver_.AddTxt("example.com._report._dmarc.third.example",
                   "v=DMARC1; rua=mailto:rua@third.example");
  Queue(Report("ruf@other.example"));
  Queue(Report("ruf@third.example"));
  CloseSlot();
  EXPECT_EQ(Run().sent, 2);
  EXPECT_THAT(Recipients(), UnorderedElementsAre("new@other.example", "ruf@third.example"));
}

TEST_F(FailureRunTest, WhereDnsDoesNotAnswerTheReportWaitsAndTheOthersGoOnce) {
  resolver_.Fail(kConsent, dns::Status::kServFail);
  Queue(Report("ruf@other.example"));
  Queue(Report("ruf@example.com"));
  CloseSlot();
  EXPECT_EQ(Run().sent, 1);
  EXPECT_EQ(Left(), 2U);
  const std::size_t asked = resolver_.Count(kConsent);
  test::MemoryResolver better;
  Consent(better);
  EXPECT_EQ(Run(better).sent, 0) << "not again at once";
  EXPECT_EQ(better.Total(), 0U);
  EXPECT_EQ(asked, 1U);
  clock_.Advance(16min);
  EXPECT_EQ(Run(better).sent, 1);
  EXPECT_THAT(Recipients(), ElementsAre("ruf@example.com", "ruf@other.example"));
  EXPECT_EQ(Left(), 0U);
  EXPECT_EQ(Marks(), 0U);
}

TEST_F(FailureRunTest, WhatNeverGotThroughIsGoneAfterADay) {
  resolver_.Fail(kConsent, dns::Status::kTimeout);
  Queue(Report("ruf@other.example"));
  CloseSlot();
  std::size_t runs = 0;
  for (; Left() > 0 && runs < 200; ++runs, clock_.Advance(10min)) EXPECT_EQ(Run().sent, 0);
  EXPECT_LT(resolver_.Count(kConsent), 10U) << "less and less often";
  clock_.Advance(20min);
  EXPECT_EQ(Run().dropped, 1);
  EXPECT_EQ(Run().dropped, 0);
  EXPECT_EQ(Marks(), 0U);
  EXPECT_THAT(sink_.mails(), IsEmpty());
}

TEST_F(FailureRunTest, WhereTheMailServerIsAwayTheRunEndsAndKeepsThem) {
  sink_.Reply("connect", "421 busy");
  Queue(Report("a@example.com"));
  Queue(Report("b@example.com"));
  CloseSlot();
  const RunCounts counts = Run();
  EXPECT_TRUE(counts.server_away);
  EXPECT_EQ(counts.failed, 1);
  EXPECT_EQ(Left(), 2U);
  sink_.Reply("connect", "220 here");
  clock_.Advance(16min);
  EXPECT_EQ(Run().sent, 2);
  EXPECT_EQ(Left(), 0U);
}

TEST_F(FailureRunTest, OneAddressThatIsRefusedForNowDoesNotStopTheOthers) {
  sink_.Reply("a@example.com", "450 later");
  Queue(Report("a@example.com"));
  Queue(Report("b@example.com"));
  CloseSlot();
  const RunCounts counts = Run();
  EXPECT_EQ(counts.failed, 1);
  EXPECT_EQ(counts.sent, 1);
  sink_.Reply("a@example.com", "250 now");
  clock_.Advance(16min);
  EXPECT_EQ(Run().sent, 1);
  EXPECT_THAT(Recipients(), ElementsAre("b@example.com", "a@example.com"));
}

TEST_F(FailureRunTest, ARepeatedMessageHasTheSameSender) {
  sink_.Reply("RCPT", "451 later");
  Queue(Report("ruf@example.com"));
  CloseSlot();
  EXPECT_EQ(Run().failed, 1);
  const auto token = [&] {
    const auto marks =
        store_.GetFields(store::KeyMaker::Admin("dmarc-report-failures"), StoreDeadline());
    return DecodeMark(marks->begin()->second)->addresses.at(0).token;
  }();
  sink_.Reply("RCPT", "250 good");
  clock_.Advance(16min);
  EXPECT_EQ(Run().sent, 1);
  ASSERT_THAT(sink_.mails(), SizeIs(1));
  EXPECT_EQ(TokenOf(sink_.mails()[0].from), token);
}

TEST_F(FailureRunTest, ExcludedDomainsAndAddressesGetNothing) {
  options_.exclude.domains = {"quiet.example"};
  options_.exclude.addresses = {"one@example.com", "@mute.example"};
  resolver_.AddTxt("example.com._report._dmarc.mute.example", "v=DMARC1");
  Queue(Report("ruf@sub.quiet.example", "sub.quiet.example"));
  Queue(Report("ruf@example.org", "example.org"));  // the reporter's own
  Queue(Report("One@example.com"));
  Queue(Report("ruf@mute.example"));
  Queue(Report("two@example.com"));
  CloseSlot();
  const RunCounts counts = Run();
  EXPECT_EQ(counts.sent, 1);
  EXPECT_EQ(counts.dropped, 4);
  EXPECT_THAT(Recipients(), ElementsAre("two@example.com"));
}

TEST_F(FailureRunTest, AnAddressThatBouncedGetsNoMore) {
  Queue(Report("gone@example.com"));
  CloseSlot();
  Run();
  const auto mail = sink_.mails().at(0);
  std::string id = mail.Field("Message-ID");
  const std::string bounce =
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
      "Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; gone@example.com\n"
      "Action: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: " +
      id + "\n\n--b--\n";
  EXPECT_EQ(*LearnFromBounce({bounce, mail.from}, 24h, store_, clock_, StoreDeadline()),
            BounceOutcome::kRefused);
  Queue(Report("Gone@example.com"));
  CloseSlot();
  EXPECT_EQ(Run().dropped, 1);
  EXPECT_THAT(sink_.mails(), SizeIs(1));
}

TEST_F(FailureRunTest, WhateverStandsInTheStoreIsHarmless) {
  const std::string message = Report("ruf@example.com").message;
  const store::Fields cases[] = {
      {},
      {{"x", "y"}},
      {{"policy_domain", "example.com"}, {"external", "0"}, {"message", message}},
      {{"to", "ruf@example.com"}, {"external", "0"}, {"message", message}},
      {{"policy_domain", "example.com"}, {"to", "ruf@example.com"}, {"external", "0"}},
      {{"policy_domain", "-"}, {"to", "a@b"}, {"external", "0"}, {"message", message}},
      {{"policy_domain", "example.com"},
       {"to", "a@b>\r\nDATA"},
       {"external", "0"},
       {"message", message}},
      {{"policy_domain", "example.com"},
       {"to", "ruf@example.com"},
       {"external", "0"},
       {"message", "From: x\r\n\r\n\r\nMessage-ID: <in@the.body>\r\n"}},
      {{"policy_domain", "example.com"},
       {"to", "ruf@example.com"},
       {"external", "0"},
       {"message", "From: x\r\nMessage-ID: <a b@c>\r\n\r\n"}},
      // Where `external` is not said, consent is needed.
      {{"policy_domain", "example.com"}, {"to", "ruf@victim.example"}, {"message", message}},
  };
  for (const store::Fields& fields : cases) QueueFields(fields);
  CloseSlot();
  const RunCounts counts = Run();
  EXPECT_EQ(counts.sent + counts.failed, 0);
  EXPECT_GE(counts.dropped, 8) << "some are alike";
  EXPECT_THAT(sink_.mails(), IsEmpty());
  EXPECT_EQ(Left(), 0U);
  EXPECT_EQ(Marks(), 0U);
}

TEST_F(FailureRunTest, MarksThatCannotBeReadAreOvercome) {
  const auto key = store::KeyMaker::Admin("dmarc-report-failures");
  for (const char* id : {"", "x", "99999999999999999999999999-a", "-5-x"}) {
    ASSERT_TRUE(store_.SetField(key, id, "nonsense", StoreDeadline()));
  }
  Queue(Report("ruf@example.com"));
  CloseSlot();
  EXPECT_EQ(Run().sent, 1);
  EXPECT_EQ(Marks(), 0U);
}

TEST_F(FailureRunTest, TwoThatAreAlikeAreOne) {
  for (int i = 0; i < 2; ++i) Queue(Report("ruf@example.com"));
  CloseSlot();
  EXPECT_EQ(Run().sent, 1);
}

TEST_F(FailureRunTest, TheyTakeAtMostHalfOfARunAndLeaveTheRestToAggregateReports) {
  options_.schedule.max_per_run = 4;
  options_.schedule.spread = 0s;
  for (int i = 0; i < 5; ++i) Queue(Report("ruf" + std::to_string(i) + "@example.com"));
  CloseSlot();
  const report::Day yesterday = report::DayOf(clock_.Wall()) - 1;
  ASSERT_TRUE(report::ReportStore(store_).Add(yesterday, RowFrom("192.0.2.1"), {"rua@example.com"},
                                              StoreDeadline()));
  EXPECT_EQ(Run().sent, 3);
  EXPECT_THAT(Recipients(), ElementsAre("ruf0@example.com", "ruf1@example.com", "rua@example.com"));
  EXPECT_EQ(Left(), 5U);
  EXPECT_EQ(Run().sent, 2);
  EXPECT_EQ(Run().sent, 1);
  EXPECT_EQ(Left(), 0U);
  EXPECT_THAT(sink_.mails(), SizeIs(6));
}

TEST_F(FailureRunTest, AnotherHoldersLeaseIsRespected) {
  Queue(Report("ruf@example.com"));
  CloseSlot();
  SenderLease other(store_, 5min);
  ASSERT_TRUE(*other.Hold());
  EXPECT_TRUE(Run().another_sends);
  EXPECT_THAT(sink_.mails(), IsEmpty());
}

TEST_F(FailureRunTest, ADryRunWritesThemAndChangesNothing) {
  const support::TempFolder folder;
  Queue(Report("ruf@example.com"));
  Queue(Report("ruf@example.org", "example.org"));
  CloseSlot();
  Queue(Report("open@example.com"));
  EXPECT_EQ(WriteFiles(folder.path()), 2);
  std::vector<std::string> texts;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(file.path().extension(), ".eml");
    texts.push_back(support::ReadWholeFile(file.path()));
  }
  EXPECT_THAT(texts, UnorderedElementsAre(Report("ruf@example.com").message,
                                          Report("open@example.com").message));
  EXPECT_THAT(sink_.mails(), IsEmpty());
  EXPECT_EQ(Run().sent, 1);
}

}  // namespace
}  // namespace gatepost::dmarc_report
