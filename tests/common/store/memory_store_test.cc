#include "common/store/memory_store.h"

#include <chrono>

#include "common/store/keys.h"

namespace gatepost::store {
namespace {

using namespace std::chrono_literals;
constexpr base::Deadline kNever{};  // memory never waits

Key Numbered(int number) { return KeyMaker::Fact("mx", std::to_string(number), "auth"); }

TEST(MemoryStore, ValuesExpireByTheClockThatItIsGiven) {
  base::ManualClock clock;
  MemoryStore store(clock);
  ASSERT_TRUE(store.Set(Numbered(1), "x", 1s, kNever));
  clock.Advance(999ms);
  EXPECT_EQ(store.Get(Numbered(1), kNever).value(), "x");
  clock.Advance(1ms);
  EXPECT_EQ(store.Get(Numbered(1), kNever).value(), std::nullopt);
  EXPECT_EQ(store.size(), 0U);
}

TEST(MemoryStore, WhatWouldExpireFirstLeavesFirstWhenItIsFull) {
  base::ManualClock clock;
  MemoryStore store(clock, 16);  // one key a shard
  const Key old = KeyMaker::Counter("dkim", "old", 1);
  const Key fresh = KeyMaker::Counter("dkim", "fresh", 1);
  ASSERT_TRUE(store.Increment(old, 1, 1min, kNever));
  ASSERT_TRUE(store.Increment(fresh, 1, 1h, kNever));
  EXPECT_EQ(store.Get(old, kNever).value(), std::nullopt);
  EXPECT_EQ(store.Get(fresh, kNever).value(), "1");
}

TEST(MemoryStore, NeverHoldsMoreKeysThanAllowed) {
  base::ManualClock clock;
  MemoryStore store(clock, 160);
  for (int i = 0; i < 5'000; ++i) {
    ASSERT_TRUE(store.Set(Numbered(i), "x", std::chrono::seconds(1 + i % 7), kNever));
  }
  EXPECT_LE(store.size(), 160U);
}

TEST(MemoryStore, StateThatNeverExpiresIsNotPushedOut) {
  base::ManualClock clock;
  MemoryStore store(clock, 16);
  const Key one = KeyMaker::Admin("suspensions");
  ASSERT_TRUE(store.SetField(one, "eva", "stolen", kNever));
  // The same tag, so the same shard.
  const Key other = KeyMaker::Counter("suspensions", "x", 1);
  EXPECT_EQ(store.Increment(other, 1, 1min, kNever).error().kind, base::ErrorKind::kLimit);
  EXPECT_EQ(store.GetFields(one, kNever).value().size(), 1U);
}

TEST(MemoryStore, FollowsASharedCounterUpAndIntoItsNextWindow) {
  base::ManualClock clock;
  MemoryStore store(clock);
  store.Follow(Numbered(1), 5, 10s);
  EXPECT_EQ(store.Increment(Numbered(1), 1, 10s, kNever).value(), 6);
  clock.Advance(6s);
  store.Follow(Numbered(1), 7, 10s);
  clock.Advance(5s);  // 11 s after the first
  EXPECT_EQ(store.Get(Numbered(1), kNever).value(), std::nullopt);
  store.Follow(Numbered(1), 9, 10s);
  clock.Advance(6s);
  store.Follow(Numbered(1), 1, 10s);  // a new window
  clock.Advance(6s);
  EXPECT_EQ(store.Get(Numbered(1), kNever).value(), "1");
}

}  // namespace
}  // namespace gatepost::store
