#include "common/journal/store_journal.h"

#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "common/store/resilient_store.h"
#include "tests/support/redis_server.h"

namespace gatepost::journal {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using store::Fields;
using store::Key;
using store::KeyMaker;

base::Deadline Soon() { return steady_clock::now() + 20s; }

// Flushed by hand, unless a test wants otherwise.
StoreJournalOptions ByHand() {
  StoreJournalOptions options{"dkim", "mx1"};
  options.flush_every = 1h;
  return options;
}

DecisionRecord RecordOf(const std::string& queue_id) {
  DecisionRecord record;
  record.queue_id = queue_id;
  record.verdict = "accept";
  return record;
}

std::string Value(const Fields& fields, std::string_view name) {
  for (const auto& field : fields) {
    if (field.first == name) return field.second;
  }
  return {};
}

constexpr std::int64_t kFirstMinute = 28'333'333 + 24 * 60;

class StoreJournalTest : public testing::Test {
 protected:
  std::string Counter(std::string_view name, std::int64_t minute = kFirstMinute) {
    return store_.Get(KeyMaker::Counter("dkim", name, minute), Soon()).value().value_or("none");
  }
  std::vector<Fields> Newest(const Key& key) { return store_.Newest(key, 1'000, Soon()).value(); }

  base::ManualClock clock_;  // begins 20 s into kFirstMinute
  store::MemoryStore store_{clock_};
};

TEST_F(StoreJournalTest, ARecordLiesUnderItsMessageAndInTheFeed) {
  StoreJournal journal(store_, ByHand(), clock_);
  journal.Record(RecordOf("4XYZ"));
  journal.Record(RecordOf(""));
  ASSERT_TRUE(journal.Flush());
  ASSERT_EQ(Newest(KeyMaker::Records("mx1", "4XYZ")).size(), 1U);
  EXPECT_EQ(Value(Newest(KeyMaker::Records("mx1", "4XYZ"))[0], "verdict"), "accept");
  EXPECT_EQ(Newest(KeyMaker::RecordFeed()).size(), 2U);
  EXPECT_TRUE(Newest(KeyMaker::Records("mx1", "")).empty());
}

TEST_F(StoreJournalTest, AMessageOfAnAccountIsListedUnderIt) {
  StoreJournal journal(store_, ByHand(), clock_);
  DecisionRecord record = RecordOf("4XYZ");
  record.account = "eva@example.org";
  record.recipients = 20;
  journal.Record(record);
  ASSERT_TRUE(journal.Flush());
  const auto messages = Newest(KeyMaker::AccountMessages("eva@example.org"));
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(Value(messages[0], "queue_id"), "4XYZ");
  EXPECT_EQ(Value(messages[0], "recipients"), "20");
}

TEST_F(StoreJournalTest, TheHostIsEnteredWhereOthersFindIt) {
  StoreJournal journal(store_, ByHand(), clock_);
  ASSERT_TRUE(journal.Flush());
  EXPECT_EQ(store_.GetFields(KeyMaker::Hosts(), Soon()).value().count("mx1"), 1U);
}

TEST_F(StoreJournalTest, RecordsOfAMessageLeaveInTime) {
  StoreJournal journal(store_, ByHand(), clock_);
  journal.Record(RecordOf("4XYZ"));
  ASSERT_TRUE(journal.Flush());
  clock_.Advance(73h);
  EXPECT_TRUE(Newest(KeyMaker::Records("mx1", "4XYZ")).empty());
}

TEST_F(StoreJournalTest, CountersAddUpByMinute) {
  StoreJournal journal(store_, ByHand(), clock_);
  journal.Count("signed");
  journal.Count("signed", 4);
  ASSERT_TRUE(journal.Flush());
  journal.Count("signed");
  clock_.Advance(1min);
  journal.Count("signed", 7);
  ASSERT_TRUE(journal.Flush());
  EXPECT_EQ(Counter("signed"), "6");
  EXPECT_EQ(Counter("signed", kFirstMinute + 1), "7");
}

TEST_F(StoreJournalTest, EqualEventsWithinAMinuteAreToldOnce) {
  StoreJournal journal(store_, ByHand(), clock_);
  for (int i = 0; i < 100; ++i) journal.Report({"key_unreadable", "example.org", "No."});
  journal.Report({"key_unreadable", "example.net", "No."});
  clock_.Advance(59s);
  journal.Report({"key_unreadable", "example.org", "No."});
  clock_.Advance(1s);
  journal.Report({"key_unreadable", "example.org", "Still no."});
  ASSERT_TRUE(journal.Flush());
  const auto events = Newest(KeyMaker::EventFeed());
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(Value(events[0], "text"), "Still no.");
}

TEST_F(StoreJournalTest, WhatDoesNotFitIsDroppedAndCounted) {
  auto options = ByHand();
  options.max_waiting = 10;
  StoreJournal journal(store_, options, clock_);
  for (int i = 0; i < 4; ++i) journal.Record(RecordOf("early"));
  for (int i = 0; i < 30; ++i) journal.Record(RecordOf("4XYZ"));
  journal.Flush();
  EXPECT_GT(journal.dropped(), 0U);
  EXPECT_EQ(Newest(KeyMaker::RecordFeed()).size() + journal.dropped(), 34U);
  EXPECT_EQ(Counter("journal_dropped"), std::to_string(journal.dropped()));
}

TEST_F(StoreJournalTest, TheLastFlushIsMadeAtTheEnd) {
  { StoreJournal(store_, ByHand(), clock_).Record(RecordOf("4XYZ")); }
  EXPECT_EQ(Newest(KeyMaker::RecordFeed()).size(), 1U);
}

TEST_F(StoreJournalTest, TheBackgroundThreadFlushesByItself) {
  auto options = ByHand();
  options.flush_every = 1ms;
  StoreJournal journal(store_, options, clock_);
  journal.Record(RecordOf("4XYZ"));
  const auto deadline = Soon();
  while (Newest(KeyMaker::RecordFeed()).empty()) {
    ASSERT_LT(steady_clock::now(), deadline);
    std::this_thread::yield();
  }
}

TEST_F(StoreJournalTest, ManyThreadsRecordAndNothingIsLost) {
  auto options = ByHand();
  options.flush_every = 1ms;
  StoreJournal journal(store_, options, clock_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&journal] {
      for (int j = 0; j < 500; ++j) {
        journal.Record(RecordOf("4XYZ"));
        journal.Count("signed");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(journal.Flush());
  EXPECT_EQ(journal.dropped(), 0U);
  EXPECT_EQ(Counter("signed"), "8000");
}

// A journal on a real Redis, as programs have it.
class RedisJournal : public testing::Test {
 protected:
  RedisJournal() {
    auto redis = std::make_unique<store::RedisStore>(store::RedisOptions{
        *store::RedisAddress::Parse(server_.url()), {}, {10s, 10s, 100ms, 20ms, 100ms}, {}});
    redis->WaitForFirstState(Soon());
    store_.emplace(std::move(redis),
                   std::make_unique<store::MemoryStore>(base::SystemClock::Instance()));
  }
  bool Reaches(store::Health health) {
    const auto deadline = Soon() + 10s;
    while (store_->health() != health) {
      if (steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }

  support::RedisServer server_;
  std::optional<store::ResilientStore> store_;
};

TEST_F(RedisJournal, KeepsWhatItHasUntilRedisIsBack) {
  StoreJournal journal(*store_, ByHand());
  ASSERT_EQ(store_->health(), store::Health::kUp);
  server_.Kill();
  ASSERT_TRUE(Reaches(store::Health::kDown));
  journal.Record(RecordOf("4XYZ"));
  journal.Count("signed", 3);
  EXPECT_FALSE(journal.Flush());
  server_.Start();
  ASSERT_TRUE(Reaches(store::Health::kUp));
  EXPECT_TRUE(journal.Flush());
  EXPECT_EQ(store_->Newest(KeyMaker::Records("mx1", "4XYZ"), 10, Soon()).value().size(), 1U);
  EXPECT_EQ(journal.dropped(), 0U);
  EXPECT_EQ(server_.Command({"EVAL", "return #redis.call('KEYS', 'gp:count:*')", "0"}), ":1\r\n");
}

TEST_F(RedisJournal, RecordingDoesNotWaitForAHungRedis) {
  auto options = ByHand();
  options.flush_every = 1ms;
  StoreJournal journal(*store_, options);
  server_.Freeze();
  const auto start = steady_clock::now();
  for (int i = 0; i < 5'000; ++i) {
    journal.Record(RecordOf("4XYZ"));
    journal.Count("signed");
  }
  EXPECT_LT(steady_clock::now() - start, 4s);
}

TEST_F(RedisJournal, TheEndIsBoundedThoughRedisHangs) {
  auto options = ByHand();
  options.flush_time = 100ms;  // the server's silence is noticed much later
  auto journal = std::make_unique<StoreJournal>(*store_, options);
  server_.Freeze();
  journal->Record(RecordOf("4XYZ"));
  const auto start = steady_clock::now();
  journal.reset();
  EXPECT_LT(steady_clock::now() - start, 4s);
}

}  // namespace
}  // namespace gatepost::journal
