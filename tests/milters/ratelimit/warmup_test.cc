// Days of a warm-up with a clock that is moved by hand: what goes, what is held, what is released.
#include "milters/ratelimit/warmup.h"

#include <map>

#include "common/privileged/client.h"
#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/warmup/counts.h"
#include "common/warmup/schedule.h"
#include "tests/support/journals.h"
#include "tests/support/memory_resolver.h"
#include "tests/support/temp_folder.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WarmUpTest : public testing::Test {
 protected:
  WarmUpTest() { Use(kTable); }

  static constexpr const char* kTable =
      "source news address 192.0.2.10 start 2026-11-01 curve 2 x2 1000\n"
      "route news *\n"
      "provider gmail domain gmail.com\n"
      "provider gmail mx *.google.com\n";

  void Use(const std::string& text) {
    table_ = WarmUpTable::Load(config::TableFile(text, "warmup.table"),
                               *accounts::AccountNames::Load({}));
    if (warm_up_) warm_up_->Use(table_);
  }
  void Start() {
    warm_up_.reset();
    warm_up_ = std::make_unique<WarmUp>(
        WarmUp::Site{store_, ledger_, journal_, &resolver_, clock_},
        WarmUp::Options{"mx.example.org", folder_.path() / "held", 1h}, table_,
        [this](const std::string& verb, const std::string& argument) -> base::Result<void> {
          ++tried_;
          if (errors_.contains(argument)) return tl::unexpected(errors_[argument]);
          released_.push_back(verb + " " + argument);
          return {};
        });
  }

  // "sent", "held" or "full".
  std::string Send(const std::string& queue_id, const std::vector<std::string>& domains) {
    auto plan = warm_up_->Begin({"", "example.org", ""});
    if (!plan) return "sent";
    limits::Reservation reservation = ledger_.Begin();
    for (const std::string& domain : domains) {
      limits::Charges charges;
      warm_up_->AddCharge(*plan, domain, false, charges);
      const auto outcome = reservation.Reserve(charges.subjects, {}, Soon());
      warm_up_->Note(*plan, charges, outcome);
    }
    if (plan->over() && !warm_up_->Hold(*plan, queue_id)) return "full";
    reservation.Commit(0, Soon());
    warm_up_->Count(*plan);
    return plan->over() ? "held" : "sent";
  }
  std::string SendSome(const std::string& prefix, int count, const std::string& domain) {
    std::string results;
    for (int i = 0; i < count; ++i) {
      results += Send(prefix + std::to_string(i), {domain})[0];
      clock_.Advance(1s);
    }
    return results;
  }
  void LookAfter(std::chrono::milliseconds step) {
    clock_.Advance(step);
    warm_up_->Look();
  }
  static base::Deadline Soon() { return std::chrono::steady_clock::now() + 5s; }
  std::vector<std::string> HeldIds() const {
    std::vector<std::string> ids;
    for (const warmup::HeldMail& mail : warm_up_->held()) ids.push_back(mail.queue_id);
    return ids;
  }

  support::TempFolder folder_;
  // A manual clock begins a day later.
  base::ManualClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 10 / 31)};
  store::MemoryStore store_{clock_};
  support::RecordingJournal journal_;
  test::MemoryResolver resolver_{
      "example.net MX 20 mx.example.net\n"
      "example.net MX 10 aspmx.l.google.com\n"
      "example.com MX 10 mx.example.com\n"};
  limits::Ledger ledger_{store_, {}, clock_};
  std::shared_ptr<const WarmUpTable> table_;
  std::map<std::string, base::Error> errors_;  // of messages that cannot be released
  int tried_ = 0;
  std::vector<std::string> released_;
  std::unique_ptr<WarmUp> warm_up_;
};

TEST_F(WarmUpTest, WhatIsOverTheAllowanceIsHeldAndLeavesOldestFirst) {
  Start();
  EXPECT_EQ(SendSome("A", 5, "gmail.com"), "sshhh");
  EXPECT_EQ(SendSome("B", 3, "example.com"), "ssh");
  warm_up_->Look();
  EXPECT_THAT(released_, IsEmpty());
  LookAfter(25h);  // the second day: four, and the first day's are no more counted
  EXPECT_THAT(released_, ElementsAre("release A2", "release A3", "release A4", "release B2"));
  EXPECT_THAT(HeldIds(), IsEmpty());
  EXPECT_EQ(SendSome("C", 2, "gmail.com"), "sh");
  EXPECT_EQ(journal_.count("ratelimit.warmup.news.gmail.sent"), 3);
  EXPECT_EQ(journal_.count("ratelimit.warmup.news.gmail.held"), 4);
  EXPECT_EQ(journal_.count("ratelimit.warmup.news.other.released"), 1);
}

TEST_F(WarmUpTest, OldestFirstAlsoWithinASecond) {
  Start();
  EXPECT_EQ(SendSome("A", 2, "gmail.com"), "ss");
  for (const char* const id : {"Z", "X", "Y"}) {
    EXPECT_EQ(Send(id, {"gmail.com"}), "held");
    clock_.Advance(10ms);
  }
  LookAfter(25h);
  EXPECT_THAT(released_, ElementsAre("release Z", "release X", "release Y"));
}

TEST_F(WarmUpTest, NewMailDoesNotOvertakeHeldMail) {
  Start();
  EXPECT_EQ(SendSome("A", 3, "gmail.com"), "ssh");
  clock_.Advance(25h);
  EXPECT_EQ(Send("B", {"gmail.com"}), "held");
  EXPECT_EQ(Send("C", {"example.com"}), "sent");
  warm_up_->Look();
  EXPECT_THAT(released_, ElementsAre("release A2", "release B"));
  EXPECT_EQ(Send("D", {"gmail.com"}), "sent");
}

TEST_F(WarmUpTest, NeverMoreThanTheDaysAllowanceLeaves) {
  Start();
  const std::size_t allowances[] = {2, 4, 8, 16};
  int number = 0;
  for (int day = 0; day < 4; ++day) {
    const std::size_t before = released_.size();
    std::size_t sent = 0;
    for (int hour = 0; hour < 24; ++hour) {
      if (Send("D" + std::to_string(number++), {"gmail.com"}) == "sent") ++sent;
      warm_up_->Look();
      clock_.Advance(1h);
    }
    EXPECT_LE(sent + released_.size() - before, allowances[day]);
    EXPECT_GE(sent + released_.size() - before, allowances[day] / 2);
  }
  EXPECT_EQ(
      HeldIds().size() + released_.size() + journal_.count("ratelimit.warmup.news.gmail.sent"), 96);
}

TEST_F(WarmUpTest, AMessageCountsOnceForEachProvider) {
  Start();
  EXPECT_EQ(Send("A", {"gmail.com", "gmail.com", "gmail.com", "example.com"}), "sent");
  EXPECT_EQ(Send("B", {"gmail.com"}), "sent");
  EXPECT_EQ(Send("C", {"example.com", "gmail.com"}), "held");
  ASSERT_EQ(warm_up_->held().size(), 1);
  EXPECT_THAT(warm_up_->held()[0].providers, ElementsAre("gmail"));
}

TEST_F(WarmUpTest, ProvidersAreFoundByTheirMailServersOnceTheyAreKnown) {
  resolver_.Hold("example.net");
  Start();
  EXPECT_EQ(Send("A", {"example.net"}), "sent");  // not known yet: "other"
  resolver_.Release("example.net");
  EXPECT_EQ(SendSome("B", 3, "example.net"), "ssh");
  EXPECT_EQ(Send("C", {"gmail.com"}), "held");
  EXPECT_EQ(journal_.count("ratelimit.warmup.news.other.sent"), 1);
  EXPECT_EQ(resolver_.Count("example.net"), 1);
}

TEST_F(WarmUpTest, WhatCannotBeReleasedStaysAndKeepsNobodyWaiting) {
  Start();
  EXPECT_EQ(SendSome("A", 4, "gmail.com"), "sshh");
  errors_["A2"] = {base::ErrorKind::kInternal, "cannot"};
  LookAfter(25h);
  EXPECT_THAT(released_, ElementsAre("release A3"));
  EXPECT_THAT(HeldIds(), ElementsAre("A2"));
  ASSERT_EQ(journal_.events().size(), 1);
  EXPECT_EQ(journal_.events()[0].kind, "warmup_stuck");
  EXPECT_EQ(journal_.events()[0].subject, "A2");
  EXPECT_EQ(Send("B", {"gmail.com"}), "sent");
  LookAfter(30s);
  EXPECT_EQ(journal_.events().size(), 1);  // not yet
  errors_.clear();
  LookAfter(31s);
  EXPECT_THAT(HeldIds(), IsEmpty());
}

TEST_F(WarmUpTest, ARestartForgetsNothing) {
  Start();
  EXPECT_EQ(SendSome("A", 3, "gmail.com"), "ssh");
  Start();
  EXPECT_THAT(HeldIds(), ElementsAre("A2"));
  clock_.Advance(25h);
  EXPECT_EQ(Send("B", {"gmail.com"}), "held");
  warm_up_->Look();
  EXPECT_THAT(released_, ElementsAre("release A2", "release B"));
}

TEST_F(WarmUpTest, ATableWithoutTheAddressLetsAllGo) {
  Start();
  EXPECT_EQ(SendSome("A", 4, "gmail.com"), "sshh");
  Use("");
  warm_up_->Look();
  EXPECT_THAT(released_, ElementsAre("release A2", "release A3"));
  EXPECT_EQ(Send("B", {"gmail.com"}), "sent");
}

TEST_F(WarmUpTest, OnceItIsOverNothingIsHeld) {
  Start();
  EXPECT_EQ(SendSome("A", 3, "gmail.com"), "ssh");
  clock_.Advance(24h * 10);
  warm_up_->Look();
  EXPECT_THAT(released_, ElementsAre("release A2"));
  EXPECT_EQ(SendSome("B", 30, "gmail.com"), std::string(30, 's'));
}

TEST_F(WarmUpTest, WhatWaitsForDaysIsTold) {
  Use("source news address 192.0.2.10 start 2026-11-01 curve 1 x1.001 1000\nroute news *\n");
  Start();
  SendSome("A", 8, "gmail.com");
  for (int day = 0; day < 5; ++day) LookAfter(24h);
  ASSERT_FALSE(journal_.events().empty());
  EXPECT_EQ(journal_.events()[0].kind, "warmup_slow");
  EXPECT_EQ(journal_.events()[0].subject, "news");
  EXPECT_THAT(journal_.events()[0].text, HasSubstr("4 days"));
}

TEST_F(WarmUpTest, CountsAreThereForPeople) {
  Start();
  SendSome("A", 3, "gmail.com");
  Send("B", {"example.com"});
  ASSERT_TRUE(store_.SetField(store::KeyMaker::Hosts(), "mx.example.org", "1", Soon()));
  // The list of held mail reaches the store in the background.
  const auto deadline = Soon();
  std::vector<warmup::Waiting> waiting;
  do {
    waiting = warmup::CountWaiting(store_, Soon()).value();
  } while (waiting.empty() && std::chrono::steady_clock::now() < deadline);
  ASSERT_EQ(waiting.size(), 1);
  EXPECT_EQ(waiting[0].provider, "gmail");
  EXPECT_EQ(waiting[0].held, 1);
  const auto schedule = table_->schedule();
  EXPECT_THAT(schedule.providers, ElementsAre("gmail", "other"));
  EXPECT_THAT(warmup::CountUsed("news", schedule.providers, clock_.Wall(), store_, Soon()).value(),
              ElementsAre(2, 1));
}

TEST_F(WarmUpTest, AStoreThatLostItIsToldTheScheduleAgain) {
  Start();
  warm_up_->Look();
  const auto told = [&] { return warmup::ReadSchedules(store_, Soon()).value(); };
  ASSERT_EQ(told().size(), 1);
  EXPECT_EQ(told().at("mx.example.org"), table_->schedule());
  ASSERT_TRUE(
      store_.EraseField(store::KeyMaker::WarmUpSchedules(), "mx.example.org", Soon()).has_value());
  EXPECT_THAT(told(), IsEmpty());
  LookAfter(1min);
  EXPECT_EQ(told().size(), 1);
}

TEST_F(WarmUpTest, ARaisedAllowanceIsUsedAtOnce) {
  Start();
  EXPECT_EQ(SendSome("A", 4, "gmail.com"), "sshh");
  warm_up_->Look();
  EXPECT_THAT(released_, IsEmpty());
  Use("source news address 192.0.2.10 start 2026-11-01 curve 3 x2 1000\n"
      "route news *\nprovider gmail domain gmail.com\n");
  warm_up_->Look();
  EXPECT_THAT(released_, ElementsAre("release A2"));
}

TEST_F(WarmUpTest, AStepOfTheCurveIsUsedAtOnce) {
  clock_.Advance(24h - 1min);  // the first day's last minute
  Start();
  EXPECT_EQ(SendSome("A", 5, "gmail.com"), "sshhh");
  LookAfter(30s);
  EXPECT_THAT(released_, IsEmpty());
  LookAfter(30s);  // the second day: four in any 24 hours
  EXPECT_THAT(released_, ElementsAre("release A2", "release A3"));
}

TEST_F(WarmUpTest, WhatPeopleDeletedIsForgottenAndTakesNoRoom) {
  Start();
  EXPECT_EQ(SendSome("A", 5, "gmail.com"), "sshhh");
  errors_["A2"] = errors_["A3"] =
      errors_["A4"] = {base::ErrorKind::kInternal, std::string(privileged::kNoSuchMessage)};
  LookAfter(25h);
  EXPECT_THAT(HeldIds(), IsEmpty());
  EXPECT_THAT(journal_.events(), IsEmpty());
  EXPECT_EQ(journal_.count("ratelimit.warmup.news.gmail.gone"), 3);
  EXPECT_EQ(SendSome("B", 5, "gmail.com"), "ssssh");  // the whole allowance
}

TEST_F(WarmUpTest, WhatIsNotYetInTheQueueIsTriedAgain) {
  Start();
  EXPECT_EQ(SendSome("A", 3, "gmail.com"), "ssh");
  errors_["A2"] = {base::ErrorKind::kInternal, std::string(privileged::kNoSuchMessage)};
  Use("");  // room at once
  warm_up_->Look();
  EXPECT_THAT(HeldIds(), ElementsAre("A2"));
  EXPECT_THAT(journal_.events(), IsEmpty());
  errors_.clear();
  LookAfter(1min);
  EXPECT_THAT(released_, ElementsAre("release A2"));
}

TEST_F(WarmUpTest, WhatALostAnswerReleasedIsCounted) {
  Start();
  EXPECT_EQ(SendSome("A", 3, "gmail.com"), "ssh");
  errors_["A2"] = {base::ErrorKind::kTimeout, "no answer in time"};
  LookAfter(25h);
  EXPECT_THAT(HeldIds(), ElementsAre("A2"));
  errors_["A2"] = {base::ErrorKind::kInternal, std::string(privileged::kNoSuchMessage)};
  LookAfter(1min);
  EXPECT_THAT(HeldIds(), IsEmpty());
  EXPECT_EQ(SendSome("B", 4, "gmail.com"), "sssh");
}

TEST_F(WarmUpTest, ARootProcessThatIsAwayIsToldOnceAndHoldsNobodyUp) {
  Start();
  EXPECT_EQ(SendSome("A", 8, "gmail.com"), "sshhhhhh");
  for (const auto& id : HeldIds()) errors_[id] = {base::ErrorKind::kUnavailable, "nobody there"};
  LookAfter(25h);
  EXPECT_EQ(tried_, 1);
  for (int minute = 0; minute < 60; ++minute) LookAfter(1min);
  EXPECT_LE(tried_, 15);
  ASSERT_EQ(journal_.events().size(), 1);
  EXPECT_EQ(journal_.events()[0].kind, "warmup_stuck");
  EXPECT_EQ(journal_.events()[0].subject, "mx.example.org");
  EXPECT_EQ(Send("B", {"gmail.com"}), "sent");
  errors_.clear();
  LookAfter(5min);
  EXPECT_THAT(released_, ElementsAre("release A2", "release A3", "release A4"));
}

TEST_F(WarmUpTest, ARootProcessThatDoesNothingForUsIsNotAskedForEachMessage) {
  Start();
  EXPECT_EQ(SendSome("A", 9, "gmail.com"), "sshhhhhhh");
  for (const auto& id : HeldIds()) errors_[id] = {base::ErrorKind::kInternal, "may not ask"};
  Use("");
  warm_up_->Look();
  EXPECT_EQ(tried_, 3);
  EXPECT_EQ(journal_.events().size(), 4);
  EXPECT_EQ(journal_.events().back().subject, "mx.example.org");
}

}  // namespace
}  // namespace gatepost::ratelimit
