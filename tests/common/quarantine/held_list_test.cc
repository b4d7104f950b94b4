#include "common/quarantine/held_list.h"

#include "tests/common/quarantine/held_examples.h"
#include "tests/support/switched_store.h"
#include "tests/support/temp_folder.h"

namespace gatepost::quarantine {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHost = "mail.example.org";

class HeldListTest : public testing::Test {
 protected:
  HeldList::Options Options(const std::string& file = "") {
    HeldList::Options options{kHost, file.empty() ? "" : folder_.path() / file, 1h};
    options.on_trouble = [this](const std::string& what) {
      const std::lock_guard lock(mutex_);
      troubles_.push_back(what);
    };
    return options;
  }
  HeldMessage MessageOf(int i, State state = State::kHeld) {
    HeldMessage message = Example("4XyZ" + std::to_string(10'000 + i));
    message.since = clock_.Wall() + std::chrono::seconds(i);
    message.state = state;
    if (state != State::kHeld) message.ended_at = message.since;
    return message;
  }

  Forgotten ForgottenBy(HeldList& list) {
    EXPECT_TRUE(list.Refresh());
    return ReadForgotten(store_, kHost, std::chrono::steady_clock::now() + 5s).value();
  }

  support::TempFolder folder_;
  support::SwitchedStore store_;
  base::ManualClock clock_;
  std::mutex mutex_;
  std::vector<std::string> troubles_;
};

TEST_F(HeldListTest, TellsAllHostsWhatIsHeld) {
  HeldList list(store_, Options(), clock_);
  ASSERT_TRUE(list.Put(MessageOf(2)));
  ASSERT_TRUE(list.Put(MessageOf(1)));
  ASSERT_TRUE(list.Refresh());
  const auto read = ReadHeld(store_, kHost, std::chrono::steady_clock::now() + 5s);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(read->front(), MessageOf(1));
  EXPECT_EQ(read->front().host, kHost);
  EXPECT_TRUE(
      ReadHeld(store_, "other.example.org", std::chrono::steady_clock::now() + 5s)->empty());
}

TEST_F(HeldListTest, AMarkOfTheCommandLineReachesTheProgram) {
  HeldList program(store_, Options("copy"), clock_);
  ASSERT_TRUE(program.Put(MessageOf(1)));
  ASSERT_TRUE(program.Refresh());
  {
    HeldList by_hand(store_, Options(), clock_);
    ASSERT_TRUE(by_hand.Refresh());
    auto message = by_hand.Find(MessageOf(1).queue_id);
    ASSERT_TRUE(message);
    message->state = State::kReleased;
    ASSERT_TRUE(by_hand.Put(*message));
    ASSERT_TRUE(by_hand.Refresh());
  }
  ASSERT_TRUE(program.Refresh());
  EXPECT_EQ(program.Find(MessageOf(1).queue_id)->state, State::kReleased);
}

TEST_F(HeldListTest, ForgetsNothingWhileTheStoreIsAway) {
  store_.away = true;
  {
    HeldList list(store_, Options("copy"), clock_);
    ASSERT_TRUE(list.Put(MessageOf(1)));
    EXPECT_EQ(list.All().size(), 1U);
  }
  HeldList again(store_, Options("copy"), clock_);
  ASSERT_EQ(again.All().size(), 1U);
  store_.away = false;
  ASSERT_TRUE(again.Refresh());
  EXPECT_EQ(ReadHeld(store_, kHost, std::chrono::steady_clock::now() + 5s)->size(), 1U);
}

TEST_F(HeldListTest, OldEntriesLeaveAndThoseThatEndedLeaveSooner) {
  HeldList list(store_, Options(), clock_);
  ASSERT_TRUE(list.Put(MessageOf(1)));
  ASSERT_TRUE(list.Put(MessageOf(2, State::kReleased)));
  clock_.Advance(HeldList::kKeepEnded + 1min);
  ASSERT_TRUE(list.Put(MessageOf(3)));
  EXPECT_EQ(list.All().size(), 2U);
  clock_.Advance(HeldList::kKeepHeld + 1min);
  ASSERT_TRUE(list.Put(MessageOf(4)));
  ASSERT_EQ(list.All().size(), 1U);
  EXPECT_EQ(list.All().front().queue_id, MessageOf(4).queue_id);
  ASSERT_EQ(troubles_.size(), 1U);
  EXPECT_EQ(ForgottenBy(list).count, 2U);
  EXPECT_EQ(ForgottenBy(list).last, clock_.Wall());
  clock_.Advance(HeldList::kKeepHeld - 1min);
  ASSERT_TRUE(list.Put(MessageOf(5)));
  EXPECT_EQ(ForgottenBy(list).count, 2U);
  clock_.Advance(2h);
  ASSERT_TRUE(list.Put(MessageOf(6)));
  EXPECT_EQ(ForgottenBy(list).count, 1U);  // the fourth one
}

TEST_F(HeldListTest, AFullListLosesWhatEndedBeforeWhatWaits) {
  HeldList list(store_, Options(), clock_);
  constexpr int kMost = HeldList::kMostEntries;
  for (int i = 0; i < kMost; ++i) {
    ASSERT_TRUE(list.Put(MessageOf(i, i >= kMost - 100 ? State::kDeleted : State::kHeld)));
  }
  ASSERT_TRUE(list.Put(MessageOf(kMost)));
  EXPECT_EQ(list.All().size(), HeldList::kMostEntries - 99U);
  EXPECT_TRUE(list.Find(MessageOf(0).queue_id));
  EXPECT_FALSE(list.Find(MessageOf(kMost - 1).queue_id));
  EXPECT_TRUE(troubles_.empty());
  EXPECT_EQ(ForgottenBy(list), Forgotten());
  for (int i = kMost + 1; i < kMost + 101; ++i) ASSERT_TRUE(list.Put(MessageOf(i)));
  EXPECT_FALSE(list.Find(MessageOf(0).queue_id));
  ASSERT_EQ(troubles_.size(), 1U);
  EXPECT_NE(troubles_.front().find("the oldest 100 are forgotten"), std::string::npos);
  EXPECT_EQ(ForgottenBy(list).count, 100U);
  EXPECT_EQ(ReadHeld(store_, kHost, std::chrono::steady_clock::now() + 5s)->size(),
            list.All().size());
  for (int i = kMost + 101; i < kMost + 202; ++i) ASSERT_TRUE(list.Put(MessageOf(i)));
  EXPECT_EQ(ForgottenBy(list).count, 200U);
  for (const char* damaged : {"", "x", "1", "-1 1", "1 -1", "1 99999999999999"}) {
    ASSERT_TRUE(store_.SetField(HeldListKey(kHost), "!forgotten", damaged,
                                std::chrono::steady_clock::now() + 5s));
    EXPECT_EQ(ForgottenBy(list), Forgotten()) << damaged;
  }
}

TEST_F(HeldListTest, AnEntryThatCannotBeReadIsPassedOver) {
  HeldList list(store_, Options(), clock_);
  ASSERT_TRUE(store_.SetField(HeldListKey(kHost), "4XyZ99", "damaged",
                              std::chrono::steady_clock::now() + 5s));
  ASSERT_TRUE(list.Put(MessageOf(1)));
  ASSERT_TRUE(list.Refresh());
  EXPECT_EQ(list.All().size(), 1U);
  EXPECT_FALSE(list.Find("4XyZ99"));
}

TEST_F(HeldListTest, AMessageHasAQueueId) {
  HeldList list(store_, Options(), clock_);
  EXPECT_FALSE(list.Put(HeldMessage()));
  EXPECT_FALSE(list.Put(Example("!")));
}

}  // namespace
}  // namespace gatepost::quarantine
