// The program itself, with a real Redis: several at once send one report, and one that is killed at
// any step loses nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <optional>

#include "common/report/failure_queue.h"
#include "common/store/keys.h"
#include "common/store/open.h"
#include "tests/support/dns_server.h"
#include "tests/support/program.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_folder.h"
#include "tests/tools/dmarc-report/rows.h"
#include "tests/tools/dmarc-report/smtp_sink.h"
#include "tools/dmarc-report/sender_lease.h"

namespace gatepost::dmarc_report {
namespace {

using namespace std::chrono_literals;
using support::Program;
using testing::IsEmpty;
using testing::SizeIs;

class ReportProcess : public testing::Test {
 protected:
  void SetUp() override {
    Write("gatepost.toml", "[identity]\nhostname = \"mx.example.org\"\n[store]\nurl = \"" +
                               redis_.url() + "\"\n[dns]\nservers = [\"" + dns_.Address() +
                               "\"]\n[log]\ntarget = \"stderr\"\n");
    Write("dmarc-report.toml",
          "enabled = true\n[reporter]\norganization = \"Org\"\ncontact = \"a@example.org\"\n"
          "[mail]\nfrom = \"dmarc@example.org\"\nbounce_address = \"b@example.org\"\nserver = \"" +
              sink_.endpoint() + "\"\n[schedule]\ndelay = \"0s\"\nspread = \"0s\"\n");
    store::StoreOptions options;
    options.url = redis_.url();
    store_ = store::Open(options);
  }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name) << text;
  }

  void Collect(const std::string& domain) {
    const report::Day day = report::DayOf(std::chrono::system_clock::now()) - 1;
    report::AggregateRow row = RowFrom("192.0.2.1");
    row.policy.domain = domain;
    const auto added =
        report::ReportStore(*store_).Add(day, row, {"reports@" + domain}, StoreDeadline());
    ASSERT_TRUE(added) << added.error().message;
  }

  // Of a slot that closed a while ago.
  void QueueFailure(const std::string& to) {
    const report::FailureReport report{
        "failed.example", to, false,
        "From: <dmarc@example.org>\r\nTo: <" + to + ">\r\nMessage-ID: <" + to + ".1@x>\r\n\r\n."};
    const auto added = report::FailureQueue(*store_).Add(
        report, {}, std::chrono::system_clock::now() - 1h, StoreDeadline());
    ASSERT_TRUE(added) << added.error().message;
  }

  std::vector<std::string> Command(std::vector<std::string> more = {}) const {
    std::vector<std::string> command{std::string(GATEPOST_BIN_DIR) + "/gatepost-dmarc-report", "-c",
                                     folder_.path() / "dmarc-report.toml", "--site",
                                     folder_.path() / "gatepost.toml"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }

  Program Start(const std::string& log = "log") const {
    return *Program::Start(Command(), folder_.path() / log);
  }

  // A run from start to end; its exit status.
  int Run(const std::vector<std::string>& more = {}) const {
    return support::RunToEnd(Command(more), folder_.path() / "log", 60s).value_or(-1);
  }

  // A run that is killed when it waits for the reply to `step`.
  void KillAt(const std::string& step) {
    sink_.HoldOnce(step);
    Program program = Start();
    ASSERT_TRUE(sink_.AwaitHeld()) << step << "\n" << program.Log();
    program.Signal(SIGKILL);
    ASSERT_EQ(program.WaitForExit(20s).value_or(-1), 128 + SIGKILL);
  }

  // As when its time is over.
  void ExpireLease() const { redis_.Command({"DEL", "gp:lease:{dmarc-report}"}); }

  std::string Log() const { return support::ReadWholeFile(folder_.path() / "log"); }

  support::TempFolder folder_;
  support::RedisServer redis_;
  test::DnsServer dns_;
  support::SmtpSink sink_;
  std::unique_ptr<store::Store> store_;
};

TEST_F(ReportProcess, TwoAtOnceSendEachReportOnce) {
  for (int i = 0; i < 20; ++i) Collect("d" + std::to_string(i) + ".example");
  std::vector<Program> programs;
  for (int i = 0; i < 3; ++i) programs.push_back(Start("log" + std::to_string(i)));
  for (Program& program : programs) EXPECT_EQ(program.WaitForExit(60s).value_or(-1), 0);
  EXPECT_EQ(Run(), 0);
  std::vector<std::string> recipients;
  for (const auto& mail : sink_.mails()) recipients.push_back(mail.to);
  std::ranges::sort(recipients);
  EXPECT_THAT(recipients, SizeIs(20));
  EXPECT_EQ(std::ranges::adjacent_find(recipients), recipients.end());
}

TEST_F(ReportProcess, OneKilledBeforeItsMessageIsTakenLosesNothing) {
  for (const char* step : {"connect", "EHLO", "MAIL", "RCPT", "DATA"}) {
    const std::string domain = std::string(step) + ".example";
    Collect(domain);
    KillAt(step);
    EXPECT_THAT(sink_.mails(), IsEmpty()) << step;
    ExpireLease();
  }
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(sink_.mails(), SizeIs(5)) << Log();
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(sink_.mails(), SizeIs(5));
}

TEST_F(ReportProcess, OneKilledAfterItsMessageWasTakenRepeatsItWithTheSameIdentifiers) {
  for (const char* step : {".", "QUIT"}) {
    const std::size_t before = sink_.mails().size();
    Collect(step == std::string(".") ? "dot.example" : "quit.example");
    KillAt(step);
    ASSERT_THAT(sink_.mails(), SizeIs(before + 1)) << step;
    ExpireLease();
    EXPECT_EQ(Run(), 0);
    ASSERT_THAT(sink_.mails(), SizeIs(before + 2)) << step;
    const auto first = sink_.mails()[before];
    const auto second = sink_.mails()[before + 1];
    EXPECT_EQ(first.from, second.from);
    EXPECT_EQ(first.Field("Message-ID"), second.Field("Message-ID"));
    EXPECT_EQ(first.Field("Subject"), second.Field("Subject"));
    const auto body = [](const std::string& mail) { return mail.substr(mail.find("\r\n\r\n")); };
    EXPECT_EQ(body(first.content), body(second.content)) << "the file and its name";
    EXPECT_EQ(Run(), 0);
    EXPECT_THAT(sink_.mails(), SizeIs(before + 2));
  }
}

TEST_F(ReportProcess, OneKilledAmongFailureReportsRepeatsAtMostTheOneThatItHadInHand) {
  QueueFailure("a@failed.example");
  QueueFailure("b@failed.example");
  KillAt(".");
  ASSERT_THAT(sink_.mails(), SizeIs(1));
  ExpireLease();
  KillAt("MAIL");
  ASSERT_THAT(sink_.mails(), SizeIs(1));
  ExpireLease();
  EXPECT_EQ(Run(), 0);
  EXPECT_EQ(Run(), 0);
  const auto mails = sink_.mails();
  ASSERT_THAT(mails, SizeIs(3)) << Log();
  EXPECT_EQ(mails[0].to, "a@failed.example");
  EXPECT_EQ(mails[0].from, mails[1].from);
  EXPECT_EQ(mails[0].content, mails[1].content);
  EXPECT_EQ(mails[2].to, "b@failed.example");
}

TEST_F(ReportProcess, WhileADeadSendersLeaseLastsNobodyElseSends) {
  Collect("example.com");
  KillAt("MAIL");
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(sink_.mails(), IsEmpty());
}

TEST_F(ReportProcess, WithoutItsStoreItAsksToComeBack) {
  Collect("example.com");
  redis_.Stop();
  EXPECT_EQ(Run(), 75);
  redis_.Start();
  EXPECT_THAT(sink_.mails(), IsEmpty());
}

TEST_F(ReportProcess, ABounceComesInOnStandardInput) {
  Collect("example.com");
  EXPECT_EQ(Run(), 0);
  const auto mail = sink_.mails().at(0);
  Write("bounce",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: message/delivery-status\n\n"
        "Final-Recipient: rfc822; reports@example.com\nAction: failed\nStatus: 5.1.1\n");
  const std::string shell = "exec \"$0\" \"$@\" < " + (folder_.path() / "bounce").string();
  auto command = Command({"--bounce", "--recipient", mail.from});
  command.insert(command.begin(), {"/bin/sh", "-c", shell});
  EXPECT_EQ(support::RunToEnd(command, folder_.path() / "log").value_or(-1), 0);
  EXPECT_THAT(Log(), testing::HasSubstr("address_refuses to=reports@example.com bounces=1"));
  command.back() = "b+00000000000000000000000000000000@example.org";
  EXPECT_EQ(support::RunToEnd(command, folder_.path() / "log").value_or(-1), 0);
  EXPECT_THAT(Log(), testing::HasSubstr("outcome=forged"));
}

TEST_F(ReportProcess, ADryRunWritesTheFiles) {
  Collect("example.com");
  std::filesystem::create_directory(folder_.path() / "out");
  EXPECT_EQ(Run({"--dry-run", folder_.path() / "out"}), 0);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path() / "out"), {}), 2);
  EXPECT_EQ(Run({"--dry-run", folder_.path() / "nowhere"}), 73);
  EXPECT_THAT(sink_.mails(), IsEmpty());
}

TEST_F(ReportProcess, AStoreInMemoryIsABadConfiguration) {
  Write("gatepost.toml", "[log]\ntarget = \"stderr\"\n");
  EXPECT_EQ(Run(), 78);
  EXPECT_EQ(Run({"--check-config"}), 78);
  Write("dmarc-report.toml", "enabled = false\n");
  EXPECT_EQ(Run(), 0);
}

}  // namespace
}  // namespace gatepost::dmarc_report
