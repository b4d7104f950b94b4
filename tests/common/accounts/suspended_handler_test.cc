#include "common/accounts/suspended_handler.h"

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "tests/support/journals.h"

namespace gatepost::accounts {
namespace {

using Action = milter::Verdict::Action;

class NoEdits final : public milter::MessageEditor {
 public:
  bool InsertHeader(int, std::string_view, std::string_view) override { return false; }
  bool AddHeader(std::string_view, std::string_view) override { return false; }
  bool ChangeHeader(std::string_view, int, std::string_view) override { return false; }
  bool DeleteHeader(std::string_view, int) override { return false; }
  bool ReplaceBody(std::span<const std::byte>) override { return false; }
  bool Quarantine(std::string_view) override { return false; }
  bool Progress() override { return false; }
};

// The program's own handler: counts what it is shown, and discards the message.
class CountingHandler final : public milter::MessageHandler {
 public:
  explicit CountingHandler(int& events) : events_(events) {}
  milter::Verdict OnMailFrom() override { return Next(); }
  milter::Verdict OnRecipient(const milter::Recipient&) override { return Next(); }
  milter::Verdict OnHeader(mail::HeaderField&&) override { return Next(); }
  milter::Verdict OnEndOfHeaders() override { return Next(); }
  milter::Verdict OnBody(std::span<const std::byte>) override { return Next(); }
  milter::Verdict OnEndOfMessage(milter::MessageEditor&) override {
    ++events_;
    return milter::Verdict::Discard();
  }

 private:
  milter::Verdict Next() {
    ++events_;
    return milter::Verdict::Continue();
  }
  int& events_;
};

class SuspendedHandlerTest : public testing::Test {
 protected:
  SuspendedHandlerTest() { envelope_.queue_id = "4Xaa"; }

  std::unique_ptr<milter::MessageHandler> Guard(std::unique_ptr<milter::MessageHandler> handler) {
    return RefuseSuspended({AccountNames::Load({}), suspensions_, journal_, "dkim.suspended"},
                           connection_, envelope_, std::move(handler));
  }
  void Suspend(Suspension::Level level) {
    ASSERT_TRUE(suspensions_.Suspend("eva@example.org", {level, {}, "tim", "stolen", "4XyZ"}));
  }

  store::MemoryStore store_{base::SystemClock::Instance()};
  Suspensions suspensions_{store_, {}};
  support::RecordingJournal journal_;
  milter::Connection connection_;
  milter::Envelope envelope_;
  NoEdits editor_;
  int events_ = 0;
};

TEST_F(SuspendedHandlerTest, LeavesMailWithoutALoginAsItIs) {
  EXPECT_EQ(Guard(nullptr), nullptr);
  auto handler = std::make_unique<CountingHandler>(events_);
  const auto* const same = handler.get();
  EXPECT_EQ(Guard(std::move(handler)).get(), same);
}

TEST_F(SuspendedHandlerTest, PassesAllEventsOfOthersOn) {
  envelope_.sasl_user = "Eva@example.org";
  Suspend(Suspension::Level::kThrottle);
  const auto handler = Guard(std::make_unique<CountingHandler>(events_));
  handler->OnMailFrom();
  handler->OnRecipient({"bob@example.net", false, {}, {}});
  handler->OnHeader({"From", " eva@example.org"});
  handler->OnEndOfHeaders();
  handler->OnBody({});
  EXPECT_EQ(handler->OnEndOfMessage(editor_).action(), Action::kDiscard);
  EXPECT_EQ(events_, 6);
  EXPECT_TRUE(journal_.records().empty());
}

TEST_F(SuspendedHandlerTest, AcceptsUnseenWhatTheProgramAccepts) {
  envelope_.sasl_user = "eva@example.org";
  const auto handler = Guard(nullptr);
  ASSERT_NE(handler, nullptr);
  EXPECT_EQ(handler->OnBody({}).action(), Action::kSkipBody);
  EXPECT_EQ(handler->OnEndOfMessage(editor_).action(), Action::kAccept);
}

TEST_F(SuspendedHandlerTest, RefusesAlsoWhoWasSuspendedSinceMail) {
  envelope_.sasl_user = "Eva@example.org";
  const auto handler = Guard(std::make_unique<CountingHandler>(events_));
  Suspend(Suspension::Level::kSuspend);
  const auto verdict = handler->OnEndOfMessage(editor_);
  EXPECT_EQ(verdict.action(), Action::kReject);
  EXPECT_THAT(verdict.reply().lines.at(0), testing::HasSubstr("reference 4Xaa"));
  EXPECT_EQ(events_, 0);
  const auto records = journal_.records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].verdict, "refuse");
  ASSERT_EQ(records[0].rules.size(), 1U);
  EXPECT_EQ(records[0].rules[0].rule, "suspended");
  EXPECT_EQ(records[0].rules[0].evidence,
            "eva@example.org is suspended by tim (reference 4XyZ): stolen");
}

TEST_F(SuspendedHandlerTest, DefersTheMailOfWhoseEntryCannotBeRead) {
  envelope_.sasl_user = "eva@example.org";
  ASSERT_TRUE(store_.SetField(store::KeyMaker::Admin("suspensions"), "eva@example.org",
                              "quarantine\t1\ttim\t4XyZ\tof a later version",
                              base::Deadline::max()));
  ASSERT_TRUE(suspensions_.Refresh());
  const auto verdict = Guard(nullptr)->OnEndOfMessage(editor_);
  EXPECT_EQ(verdict.action(), Action::kTempFail);
  EXPECT_EQ(verdict.reply().code, 450);
}

}  // namespace
}  // namespace gatepost::accounts
