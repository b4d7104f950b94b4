#include "common/store/background_writer.h"

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "tests/support/redis_server.h"

namespace gatepost::store {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

base::Deadline Soon() { return steady_clock::now() + 20s; }

template <class Condition>
bool Eventually(Condition condition) {
  for (const auto deadline = Soon(); steady_clock::now() < deadline; std::this_thread::yield()) {
    if (condition()) return true;
  }
  return false;
}

// Holds the writer's thread in a write until it is opened.
class Gate {
 public:
  BackgroundWriter::Write Write() {
    return [this](Store&, base::Deadline) {
      entered_.set_value();
      opened_.wait();
    };
  }
  void AwaitEntry() { entered_.get_future().wait(); }
  void Open() { open_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

class BackgroundWriterTest : public testing::Test {
 protected:
  MemoryStore store_{base::SystemClock::Instance()};
  const Key key_ = KeyMaker::Fact("mx", "4XYZ", "auth");
};

TEST_F(BackgroundWriterTest, WritesInTheOrderOfThePosts) {
  BackgroundWriter writer(store_);
  std::string order;
  for (const char c : {'a', 'b', 'c'}) {
    ASSERT_TRUE(writer.Post([&order, c](Store&, base::Deadline) { order += c; }));
  }
  writer.Flush();
  EXPECT_EQ(order, "abc");
  EXPECT_EQ(writer.dropped(), 0U);
}

TEST_F(BackgroundWriterTest, AWriteHasTheStoreAndADeadlineOfItsOwn) {
  BackgroundWriter writer(store_, {10, 700ms});
  base::Deadline deadline{};
  const auto before = steady_clock::now();
  writer.Post([&](Store& store, base::Deadline given) {
    deadline = given;
    EXPECT_TRUE(store.Set(key_, "pass", 1min, given));
  });
  writer.Flush();
  EXPECT_GE(deadline, before + 700ms);
  EXPECT_LE(deadline, steady_clock::now() + 700ms);
  EXPECT_EQ(store_.Get(key_, Soon()).value(), "pass");
}

TEST_F(BackgroundWriterTest, DropsAndCountsWhatDoesNotFitAndNeverWaits) {
  Gate gate;
  std::atomic<int> written = 0;
  BackgroundWriter writer(store_, {3, 1s});
  ASSERT_TRUE(writer.Post(gate.Write()));
  gate.AwaitEntry();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(writer.Post([&](Store&, base::Deadline) { ++written; }), i < 3);
  }
  EXPECT_EQ(writer.dropped(), 2U);
  gate.Open();
  writer.Flush();
  EXPECT_EQ(written, 3);
}

TEST_F(BackgroundWriterTest, AWriteThatThrowsCostsItselfAlone) {
  BackgroundWriter writer(store_);
  bool written = false;
  writer.Post([](Store&, base::Deadline) { throw std::runtime_error("a bug"); });
  writer.Post([&](Store&, base::Deadline) { written = true; });
  writer.Flush();
  EXPECT_TRUE(written);
  EXPECT_EQ(writer.dropped(), 1U);
}

TEST_F(BackgroundWriterTest, CountsByWeightWhatWasNotPostedThrewOrDidNotReachTheStore) {
  Gate gate;
  BackgroundWriter writer(store_, {2, 1s});
  ASSERT_TRUE(writer.Post(gate.Write()));
  gate.AwaitEntry();
  writer.Post([](Store&, base::Deadline) { throw std::runtime_error("a bug"); }, 3);
  writer.Post([&](Store&, base::Deadline) { writer.CountDropped(5); }, 16);
  EXPECT_FALSE(writer.Post([](Store&, base::Deadline) {}, 7));
  EXPECT_EQ(writer.dropped(), 7U);
  gate.Open();
  writer.Flush();
  EXPECT_EQ(writer.dropped(), 7U + 3U + 5U);
}

TEST_F(BackgroundWriterTest, WhatIsQueuedAtTheEndIsWritten) {
  int written = 0;
  {
    BackgroundWriter writer(store_);
    for (int i = 0; i < 1'000; ++i) writer.Post([&](Store&, base::Deadline) { ++written; });
  }
  EXPECT_EQ(written, 1'000);
}

TEST_F(BackgroundWriterTest, TheEndComesAfterASecondHoweverLongTheWritesTake) {
  std::atomic<int> written = 0;
  std::promise<void> never;
  const std::shared_future<void> hanging = never.get_future().share();
  {
    BackgroundWriter writer(store_, {100, 300ms});
    for (int i = 0; i < 100; ++i) {
      writer.Post([&](Store&, base::Deadline deadline) {
        ++written;
        hanging.wait_until(deadline);
      });
    }
    ASSERT_TRUE(Eventually([&] { return written > 0; }));
  }
  EXPECT_LE(written, 10);  // three or four a second
}

TEST_F(BackgroundWriterTest, SixteenThreadsPostAtOnce) {
  std::atomic<int> written = 0;
  BackgroundWriter writer(store_, {100'000, 1s});
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 500; ++j) writer.Post([&](Store&, base::Deadline) { ++written; });
    });
  }
  for (auto& thread : threads) thread.join();
  writer.Flush();
  EXPECT_EQ(written, 16 * 500);
}

class BackgroundWriterOnRedis : public testing::Test {
 protected:
  support::RedisServer server_;
  RedisStore store_{
      RedisOptions{*RedisAddress::Parse(server_.url()), {}, {10s, 10s, 100ms, 5ms, 20ms}, {}}};
  const Key key_ = KeyMaker::Counter("test", "writes", 1);

  void SetUp() override { store_.WaitForFirstState(Soon()); }
  void AwaitHealth(bool up) {
    ASSERT_TRUE(Eventually([&] { return (store_.health() == Health::kUp) == up; }));
  }
  BackgroundWriter::Write CountOne() {
    return [this](Store& store, base::Deadline deadline) {
      EXPECT_TRUE(store.Increment(key_, 1, 1min, deadline));
    };
  }
};

TEST_F(BackgroundWriterOnRedis, HoldsWritesWhileTheStoreIsAway) {
  BackgroundWriter writer(store_, {5, 10s});
  server_.Kill();
  AwaitHealth(false);
  for (int i = 0; i < 8; ++i) writer.Post(CountOne());
  writer.Flush();  // returns at once
  EXPECT_EQ(writer.dropped(), 3U);
  server_.Start();
  AwaitHealth(true);
  writer.Flush();
  EXPECT_EQ(store_.Get(key_, Soon()).value(), "5");
}

TEST_F(BackgroundWriterOnRedis, TheEndDoesNotWaitForAStoreThatIsAway) {
  server_.Kill();
  AwaitHealth(false);
  std::atomic<int> tried = 0;
  {
    BackgroundWriter writer(store_);
    for (int i = 0; i < 100; ++i) writer.Post([&](Store&, base::Deadline) { ++tried; });
  }
  EXPECT_EQ(tried, 0);
}

}  // namespace
}  // namespace gatepost::store
