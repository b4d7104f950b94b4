#include "common/quarantine/release.h"

#include "common/privileged/client.h"
#include "common/store/keys.h"
#include "tests/common/quarantine/held_examples.h"
#include "tests/support/switched_store.h"

namespace gatepost::quarantine {
namespace {

using base::ErrorKind;
using namespace std::chrono_literals;

constexpr const char* kAlice = "alice@example.org";
constexpr const char* kSecret = "a secret of the tests";
constexpr const char* kBob = "bob@example.org";

class ReleaseTest : public testing::Test {
 protected:
  ReleaseTest() { Enlist(); }
  void Enlist() {
    EXPECT_TRUE(list_.Put(message_));
    EXPECT_TRUE(list_.Refresh());
  }
  Releases MakeReleases(const std::string& secret = kSecret) { return By("eva", list_, secret); }
  Releases By(const std::string& who, HeldList& list, const std::string& secret = kSecret) {
    return Releases({list, store_, clock_, secret,
                     [this](const std::vector<std::string>& words) { return Answer(words); }, who,
                     [this] {
                       ++pauses_;
                       clock_.Advance(200ms);
                     }});
  }
  base::Result<void> Answer(const std::vector<std::string>& words) {
    std::string said = words[0];
    for (std::size_t i = 1; i < words.size() && i < 3; ++i) said += " " + words[i];
    asked_.push_back(said);
    if (words[0] == "accepted") clock_.Advance(takes_);
    if (words[0] == fails_ && --fails_left_ >= 0) return tl::unexpected(error_);
    return {};
  }
  std::vector<std::string> Verdicts() {
    std::vector<std::string> verdicts;
    const auto records = store_.Newest(store::KeyMaker::Records(message_.host, message_.queue_id),
                                       10, std::chrono::steady_clock::now() + 5s);
    for (const auto& record : *records) {
      for (const auto& [name, value] : record) {
        if (name == "rule.quarantine") verdicts.push_back(value);
      }
    }
    return verdicts;
  }
  void SayGone() {
    fails_ = "release";
    error_ = {ErrorKind::kInternal, std::string(privileged::kNoSuchMessage)};
  }
  HeldMessage Listed() { return *list_.Find(message_.queue_id); }

  using Words = std::vector<std::string>;
  support::SwitchedStore store_;
  base::ManualClock clock_{Example().since + 1min - 24h};  // it begins a day later
  HeldList list_{store_, {Example().host, {}, 1h}, clock_};
  HeldMessage message_ = Example();
  Words asked_;
  std::string fails_;
  int fails_left_ = 1'000;
  int pauses_ = 0;
  std::chrono::seconds takes_{0};  // to tell whether copies were accepted
  base::Error error_;
};

TEST_F(ReleaseTest, ToAllReleasesTheMessageItself) {
  ASSERT_TRUE(MakeReleases().ToAll(message_));
  EXPECT_EQ(asked_, Words{"release 4XyZ01"});
  EXPECT_EQ(Listed().state, State::kReleased);
  EXPECT_EQ(Listed().ended_by, "eva");
  EXPECT_EQ(Verdicts(), Words{"released\tenforce\tby eva"});
}

TEST_F(ReleaseTest, ToOneSendsCopiesAndDeletesAfterTheLast) {
  Releases releases = MakeReleases();
  ASSERT_TRUE(releases.ToOne(message_, "BOB@example.org"));
  EXPECT_EQ(Listed().state, State::kHeld);
  EXPECT_EQ(Listed().recipients[1].served_by, "eva");
  EXPECT_EQ(Listed().recipients[0].served_by, "");
  EXPECT_EQ(releases.ToOne(message_, kBob).error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(releases.ToOne(message_, kAlice));
  EXPECT_EQ(asked_,
            (Words{"release-to 4XyZ01 BOB@example.org", "release-to 4XyZ01 alice@example.org",
                   "accepted 4XyZ01", "delete 4XyZ01"}));
  EXPECT_EQ(Listed().state, State::kReleased);
  EXPECT_EQ(Verdicts().size(), 3U);
}

TEST_F(ReleaseTest, TheMessageStaysUntilPostfixHasAcceptedEachCopy) {
  fails_ = "accepted";
  error_ = {ErrorKind::kInternal, std::string(privileged::kCopyWaits)};
  Releases releases = MakeReleases();
  ASSERT_TRUE(releases.ToOne(message_, kBob));
  EXPECT_EQ(pauses_, 0);
  ASSERT_TRUE(releases.ToOne(message_, kAlice));
  EXPECT_GT(pauses_, 1);
  EXPECT_EQ(Listed().state, State::kHeld);
  EXPECT_TRUE(Listed().AllServed());
  EXPECT_EQ(std::ranges::count(asked_, "delete 4XyZ01"), 0);
  ASSERT_TRUE(releases.Finish(message_));
  EXPECT_EQ(Listed().state, State::kHeld);
  fails_ = "";
  clock_.Advance(1h);
  ASSERT_TRUE(releases.ToAll(message_));
  EXPECT_EQ(Listed().state, State::kReleased);
  EXPECT_EQ(std::ranges::count(asked_, "delete 4XyZ01"), 1);
  EXPECT_EQ(std::ranges::count(asked_, "release 4XyZ01"), 0);
}

TEST_F(ReleaseTest, WhatAnotherCommandLineDidMeanwhileStays) {
  HeldList other(store_, {Example().host, {}, 1h}, clock_);
  ASSERT_TRUE(other.Refresh());
  HeldMessage theirs = message_;
  ASSERT_TRUE(By("tim", other).ToOne(theirs, kAlice));
  ASSERT_TRUE(MakeReleases().ToOne(message_, kBob));  // it knows nothing of Alice's
  EXPECT_EQ(Listed().state, State::kReleased);
  EXPECT_EQ(Listed().recipients[0].served_by, "tim");
  EXPECT_EQ(Listed().recipients[1].served_by, "eva");
  clock_.Advance(1h);
  SayGone();
  fails_ = "held";
  HeldMessage stale = Example();
  EXPECT_EQ(MakeReleases().StillHeld(stale), false);
  EXPECT_EQ(Listed().state, State::kReleased);
}

TEST_F(ReleaseTest, AMomentIsLeftToPostfix) {
  ASSERT_TRUE(By("tim", list_).ToOne(message_, kAlice));
  clock_.Advance(1min);
  fails_ = "accepted";
  fails_left_ = 3;
  error_ = {ErrorKind::kInternal, std::string(privileged::kCopyWaits)};
  ASSERT_TRUE(MakeReleases().ToOne(message_, kBob));
  EXPECT_EQ(pauses_, 3);
  EXPECT_EQ(Listed().state, State::kReleased);
  EXPECT_EQ(Listed().ended_by, "eva");
}

TEST_F(ReleaseTest, PostfixIsAskedOnceForAllForFiveSeconds) {
  fails_ = "accepted";
  error_ = {ErrorKind::kInternal, std::string(privileged::kCopyWaits)};
  Releases releases = MakeReleases();
  ASSERT_TRUE(releases.ToOne(message_, kBob));
  auto began = clock_.Steady();
  ASSERT_TRUE(releases.ToAll(message_));
  EXPECT_EQ(clock_.Steady() - began, 5s);
  takes_ = 3s;
  pauses_ = 0;
  began = clock_.Steady();
  ASSERT_TRUE(releases.ToAll(message_));
  EXPECT_LE(clock_.Steady() - began, 7s);
  EXPECT_EQ(pauses_, 1);
}

// Lists that name one twice are not made here.
TEST_F(ReleaseTest, OneWhoIsListedTwiceKeepsItFromNobody) {
  message_.recipients = {{kAlice, "", {}}, {"Alice@example.org", "", {}}, {kBob, "", {}}};
  Enlist();
  Releases releases = MakeReleases();
  ASSERT_TRUE(releases.ToOne(message_, kAlice));
  ASSERT_TRUE(releases.ToAll(message_));
  EXPECT_EQ(asked_,
            (Words{"release-to 4XyZ01 alice@example.org", "release-to 4XyZ01 bob@example.org",
                   "accepted 4XyZ01", "delete 4XyZ01"}));
  EXPECT_EQ(Listed().state, State::kReleased);
}

// Whoever can write to the store could have held mail deleted.
TEST_F(ReleaseTest, AMarkThatIsNotOursIsNone) {
  ASSERT_TRUE(MakeReleases().ToOne(message_, kAlice));
  const HeldRecipient good = Listed().recipients[0];
  const auto mark = [&](HeldRecipient& one) {
    one.served_by = good.served_by;
    one.served_at = good.served_at;
  };
  const std::vector<std::function<void(HeldMessage&)>> forged{
      [&](HeldMessage& one) { mark(one.recipients[1]); },
      [&](HeldMessage& one) { (one.recipients[1] = good).address = kBob; },
      [&](HeldMessage& one) { one.recipients.resize(1); },
      [&](HeldMessage& one) { one.recipients[1] = one.recipients[0]; },
  };
  for (const auto& forge : forged) {
    HeldMessage message = message_;
    forge(message);
    ASSERT_TRUE(message.AllServed());
    asked_.clear();
    EXPECT_FALSE(MakeReleases().AllServed(message));
    EXPECT_FALSE(MakeReleases().Finish(message));
    EXPECT_TRUE(asked_.empty());
  }
  mark(message_.recipients[1]);
  Enlist();
  ASSERT_TRUE(MakeReleases().ToAll(message_));
  EXPECT_EQ(asked_,
            (Words{"release-to 4XyZ01 bob@example.org", "accepted 4XyZ01", "delete 4XyZ01"}));
}

TEST_F(ReleaseTest, AMarkIsGoodForItsMessageAlone) {
  ASSERT_TRUE(MakeReleases().ToOne(message_, kAlice));
  HeldMessage other = Listed();
  other.since += 1s;
  EXPECT_TRUE(MakeReleases().ToOne(other, kAlice));
  EXPECT_EQ(asked_.size(), 2U);
}

TEST_F(ReleaseTest, ToTheRestGoesToWhoHasNotHadIt) {
  ASSERT_TRUE(MakeReleases().ToOne(message_, kAlice));
  ASSERT_TRUE(MakeReleases().ToAll(message_));
  EXPECT_EQ(asked_,
            (Words{"release-to 4XyZ01 alice@example.org", "release-to 4XyZ01 bob@example.org",
                   "accepted 4XyZ01", "delete 4XyZ01"}));
}

TEST_F(ReleaseTest, TheOnlyRecipientGetsTheMessageItself) {
  message_.recipients.resize(1);
  ASSERT_TRUE(MakeReleases("").ToOne(message_, kAlice));
  EXPECT_EQ(asked_, Words{"release 4XyZ01"});
}

TEST_F(ReleaseTest, AListThatIsCutIsNeverTakenForWhole) {
  message_.more_recipients = 5;
  Enlist();
  Releases releases = MakeReleases();
  ASSERT_TRUE(releases.ToOne(message_, kAlice));
  ASSERT_TRUE(releases.ToOne(message_, kBob));
  ASSERT_TRUE(releases.ToOne(message_, "carol@example.org"));  // the queue knows who
  EXPECT_EQ(Listed().state, State::kHeld);
  EXPECT_EQ(releases.ToAll(message_).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(asked_.size(), 3U);
}

TEST_F(ReleaseTest, NothingIsAskedForWhatCannotBe) {
  EXPECT_EQ(MakeReleases().ToOne(message_, "carol@example.org").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(MakeReleases("").ToOne(message_, kBob).error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(asked_.empty());
  EXPECT_EQ(Listed(), Example());
}

TEST_F(ReleaseTest, WhatFailsIsNotMarked) {
  fails_ = "release";
  error_ = {ErrorKind::kUnavailable, "nobody answers"};
  EXPECT_EQ(MakeReleases().ToAll(message_).error().kind, ErrorKind::kUnavailable);
  fails_ = "release-to";
  EXPECT_EQ(MakeReleases().ToOne(message_, kBob).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(Listed(), Example());
  EXPECT_TRUE(Verdicts().empty());
}

TEST_F(ReleaseTest, WhatIsGoneIsMarkedUnlessItIsFresh) {
  SayGone();
  EXPECT_EQ(MakeReleases().ToAll(message_).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(Listed().state, State::kHeld);
  clock_.Advance(1h);
  EXPECT_EQ(MakeReleases().ToAll(message_).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(Listed().state, State::kGone);
}

TEST_F(ReleaseTest, ALookTellsWhatIsGone) {
  clock_.Advance(1h);
  EXPECT_EQ(MakeReleases().StillHeld(message_), true);
  SayGone();
  fails_ = "held";
  EXPECT_EQ(MakeReleases().StillHeld(message_), false);
  EXPECT_EQ(Listed().state, State::kGone);
  error_ = {ErrorKind::kPermission, "not allowed"};
  EXPECT_FALSE(MakeReleases().StillHeld(message_));
}

TEST_F(ReleaseTest, WhatTheLastCopyLeavesBehindIsTold) {
  ASSERT_TRUE(MakeReleases().ToOne(message_, kAlice));
  fails_ = "delete";
  error_ = {ErrorKind::kTimeout, "no answer"};
  const auto done = MakeReleases().ToOne(message_, kBob);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("released to all"), std::string::npos);
  EXPECT_EQ(Listed().recipients[1].served_by, "eva");
}

TEST_F(ReleaseTest, AStoreThatIsAwayIsToldApart) {
  store_.away = true;
  const auto done = MakeReleases().ToAll(message_);
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().message.starts_with("it was released, but")) << done.error().message;
  EXPECT_EQ(asked_, Words{"release 4XyZ01"});
}

TEST_F(ReleaseTest, DeletingIsNotedToo) {
  ASSERT_TRUE(MakeReleases().Delete(message_));
  EXPECT_EQ(asked_, Words{"delete 4XyZ01"});
  EXPECT_EQ(Listed().state, State::kDeleted);
  EXPECT_EQ(Verdicts(), Words{"deleted\tenforce\tby eva"});
}

}  // namespace
}  // namespace gatepost::quarantine
