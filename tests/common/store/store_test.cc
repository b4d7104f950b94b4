// One suite for every implementation of the store.
#include "common/store/store.h"

#include <array>
#include <chrono>
#include <memory>
#include <thread>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "common/store/resilient_store.h"
#include "common/store/script.h"
#include "tests/common/store/documented_user.h"
#include "tests/support/redis_server.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using namespace std::chrono_literals;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 20s; }

std::unique_ptr<RedisStore> OpenRedis(const std::string& url) {
  auto store = std::make_unique<RedisStore>(
      RedisOptions{*RedisAddress::Parse(url), DocumentedLogin(), {10s, 10s, 1s, 20ms, 100ms}, {}});
  store->WaitForFirstState(Soon());
  return store;
}

struct InMemory {
  MemoryStore store{base::SystemClock::Instance()};
};

struct OnRedis {
  support::RedisServer server{WithDocumentedUser()};
  std::unique_ptr<RedisStore> owner = OpenRedis(server.url());
  Store& store = *owner;
};

struct Resilient {
  support::RedisServer server{WithDocumentedUser()};
  ResilientStore store{OpenRedis(server.url()),
                       std::make_unique<MemoryStore>(base::SystemClock::Instance())};
};

template <class Backend>
class StoreContract : public testing::Test {
 protected:
  Store& store() { return backend_.store; }

  template <class Condition>
  bool Eventually(Condition condition) {
    const auto deadline = Soon();
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  const Key key_ = KeyMaker::Fact("mx", "4XYZ", "auth");
  const Key lease_ = KeyMaker::Lease("reports");

 private:
  Backend backend_;
};

struct BackendNames {
  template <class Backend>
  static std::string GetName(int) {
    if (std::is_same_v<Backend, InMemory>) return "Memory";
    return std::is_same_v<Backend, OnRedis> ? "Redis" : "Resilient";
  }
};

using Backends = testing::Types<InMemory, OnRedis, Resilient>;
TYPED_TEST_SUITE(StoreContract, Backends, BackendNames);

TYPED_TEST(StoreContract, GetsWhatWasSetUntilItIsErased) {
  EXPECT_EQ(this->store().Get(this->key_, Soon()).value(), std::nullopt);
  ASSERT_TRUE(this->store().Set(this->key_, "pass", 1min, Soon()));
  EXPECT_EQ(this->store().Get(this->key_, Soon()).value(), "pass");
  ASSERT_TRUE(this->store().Set(this->key_, "fail", 1min, Soon()));
  EXPECT_EQ(this->store().Get(this->key_, Soon()).value(), "fail");
  ASSERT_TRUE(this->store().Erase(this->key_, Soon()));
  EXPECT_EQ(this->store().Get(this->key_, Soon()).value(), std::nullopt);
  EXPECT_TRUE(this->store().Erase(this->key_, Soon()));
}

TYPED_TEST(StoreContract, GetsSeveralValuesInTheOrderOfTheirKeys) {
  const std::array keys{this->key_, this->lease_, KeyMaker::Fact("mx", "5ABC", "auth")};
  ASSERT_TRUE(this->store().Set(keys[0], "first", 1min, Soon()));
  ASSERT_TRUE(this->store().Set(keys[2], "third", 1min, Soon()));
  EXPECT_EQ(this->store().GetAll(keys, Soon()).value(),
            (std::vector<std::optional<std::string>>{"first", std::nullopt, "third"}));
  EXPECT_TRUE(this->store().GetAll({}, Soon()).value().empty());
}

TYPED_TEST(StoreContract, AKeyOfAnotherTypeAmongSeveralIsAnErrorOfTheCaller) {
  const std::array keys{this->key_, KeyMaker::Admin("suspensions")};
  ASSERT_TRUE(this->store().SetField(keys[1], "eva", "stolen", Soon()));
  EXPECT_EQ(this->store().GetAll(keys, Soon()).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(this->store().health(), Health::kUp);
}

TYPED_TEST(StoreContract, ValuesHoldAnyBytes) {
  for (const std::string& value :
       {std::string(), std::string("\0\r\n$5\r\n", 8), std::string(1'000'000, 'x')}) {
    ASSERT_TRUE(this->store().Set(this->key_, value, 1min, Soon()));
    EXPECT_EQ(this->store().Get(this->key_, Soon()).value(), value);
  }
}

TYPED_TEST(StoreContract, AValueLeavesWhenItsTimeIsOver) {
  ASSERT_TRUE(this->store().Set(this->key_, "pass", 20ms, Soon()));
  EXPECT_TRUE(this->Eventually(
      [&] { return this->store().Get(this->key_, Soon()).value() == std::nullopt; }));
}

TYPED_TEST(StoreContract, ATimeToLiveMustBeAboveZero) {
  EXPECT_EQ(this->store().Set(this->key_, "x", 0ms, Soon()).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(this->store().Increment(this->key_, 1, -1ms, Soon()).error().kind, ErrorKind::kInvalid);
}

TYPED_TEST(StoreContract, CountersAddUpAndReturnTheSum) {
  EXPECT_EQ(this->store().Increment(this->key_, 2, 1min, Soon()).value(), 2);
  EXPECT_EQ(this->store().Increment(this->key_, 3, 1min, Soon()).value(), 5);
  EXPECT_EQ(this->store().Increment(this->key_, -6, 1min, Soon()).value(), -1);
  EXPECT_EQ(this->store().Get(this->key_, Soon()).value(), "-1");
}

TYPED_TEST(StoreContract, TheFirstAdditionSetsTheTimeToLiveAndLaterOnesKeepIt) {
  ASSERT_EQ(this->store().Increment(this->key_, 1, 50ms, Soon()).value(), 1);
  EXPECT_TRUE(this->Eventually(
      [&] { return this->store().Increment(this->key_, 1, 1min, Soon()).value() == 1; }));
}

TYPED_TEST(StoreContract, ACounterNeitherOverflowsNorTakesAWord) {
  ASSERT_TRUE(this->store().Set(this->key_, "9223372036854775807", 1min, Soon()));
  EXPECT_EQ(this->store().Increment(this->key_, 1, 1min, Soon()).error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(this->store().Set(this->key_, "word", 1min, Soon()));
  EXPECT_EQ(this->store().Increment(this->key_, 1, 1min, Soon()).error().kind, ErrorKind::kInvalid);
}

TYPED_TEST(StoreContract, ALeaseHasOneHolder) {
  EXPECT_TRUE(this->store().AcquireLease(this->lease_, "mx1", 1min, Soon()).value());
  EXPECT_TRUE(this->store().AcquireLease(this->lease_, "mx1", 1min, Soon()).value());
  EXPECT_FALSE(this->store().AcquireLease(this->lease_, "mx2", 1min, Soon()).value());
  ASSERT_TRUE(this->store().ReleaseLease(this->lease_, "mx2", Soon()));
  EXPECT_FALSE(this->store().AcquireLease(this->lease_, "mx2", 1min, Soon()).value());
  ASSERT_TRUE(this->store().ReleaseLease(this->lease_, "mx1", Soon()));
  EXPECT_TRUE(this->store().AcquireLease(this->lease_, "mx2", 1min, Soon()).value());
}

TYPED_TEST(StoreContract, ALeaseThatIsNotRenewedPassesOn) {
  ASSERT_TRUE(this->store().AcquireLease(this->lease_, "mx1", 30ms, Soon()).value());
  EXPECT_TRUE(this->Eventually(
      [&] { return this->store().AcquireLease(this->lease_, "mx2", 1min, Soon()).value(); }));
}

TYPED_TEST(StoreContract, StreamsReturnTheNewestEntriesFirst) {
  const Key feed = KeyMaker::EventFeed();
  EXPECT_TRUE(this->store().Newest(feed, 10, Soon()).value().empty());
  ASSERT_TRUE(this->store().Append({{feed, {{"kind", "a"}, {"text", ""}}, 100},
                                    {feed, {{"kind", "b"}}, 100},
                                    {this->key_, {{"kind", "c"}}, 100}},
                                   Soon()));
  EXPECT_EQ(this->store().Newest(feed, 10, Soon()).value(),
            (std::vector<Fields>{{{"kind", "b"}}, {{"kind", "a"}, {"text", ""}}}));
  EXPECT_EQ(this->store().Newest(feed, 1, Soon()).value(), (std::vector<Fields>{{{"kind", "b"}}}));
  EXPECT_EQ(this->store().Newest(this->key_, 1, Soon()).value().size(), 1U);
}

TYPED_TEST(StoreContract, StreamsKeepAboutTheNumberOfEntriesThatIsAskedFor) {
  std::vector<Store::StreamEntry> entries;
  for (int i = 0; i < 1'000; ++i) entries.push_back({this->key_, {{"n", std::to_string(i)}}, 10});
  ASSERT_TRUE(this->store().Append(entries, Soon()));
  const auto kept = this->store().Newest(this->key_, 1'000, Soon()).value();
  EXPECT_GE(kept.size(), 10U);
  EXPECT_LE(kept.size(), 210U);  // Redis trims whole nodes of 100 entries
  EXPECT_EQ(kept.front(), (Fields{{"n", "999"}}));
}

TYPED_TEST(StoreContract, StreamsThatExpireReturnTheNewestEntriesFirstToo) {
  std::vector<Store::StreamEntry> entries;
  for (int i = 0; i < 20; ++i) {
    entries.push_back({this->key_, {{"n", std::to_string(i)}, {"text", ""}}, 10, 1min});
  }
  ASSERT_TRUE(this->store().Append(entries, Soon()));
  const auto kept = this->store().Newest(this->key_, 1'000, Soon()).value();
  EXPECT_GE(kept.size(), 10U);
  EXPECT_EQ(kept.front(), (Fields{{"n", "19"}, {"text", ""}}));
  EXPECT_EQ(this->store().Newest(this->key_, 2, Soon()).value(),
            (std::vector<Fields>{{{"n", "19"}, {"text", ""}}, {{"n", "18"}, {"text", ""}}}));
}

TYPED_TEST(StoreContract, AStreamWithATimeToLiveLeaves) {
  ASSERT_TRUE(this->store().Append({{this->key_, {{"n", "1"}}, 10, 20ms}}, Soon()));
  EXPECT_TRUE(this->Eventually(
      [&] { return this->store().Newest(this->key_, 1, Soon()).value().empty(); }));
}

TYPED_TEST(StoreContract, FieldsLiveUntilTheyAreErased) {
  const Key key = KeyMaker::Admin("suspensions");
  EXPECT_TRUE(this->store().GetFields(key, Soon()).value().empty());
  ASSERT_TRUE(this->store().SetField(key, "eva", "stolen", Soon()));
  ASSERT_TRUE(this->store().SetField(key, "bob", "unpaid", Soon()));
  ASSERT_TRUE(this->store().SetField(key, "bob", "left", Soon()));
  EXPECT_EQ(this->store().GetFields(key, Soon()).value(),
            (FieldMap{{"bob", "left"}, {"eva", "stolen"}}));
  ASSERT_TRUE(this->store().EraseField(key, "eva", Soon()));
  ASSERT_TRUE(this->store().EraseField(key, "nobody", Soon()));
  EXPECT_EQ(this->store().GetFields(key, Soon()).value(), (FieldMap{{"bob", "left"}}));
  ASSERT_TRUE(this->store().EraseField(key, "bob", Soon()));
  EXPECT_TRUE(this->store().GetFields(key, Soon()).value().empty());
}

TYPED_TEST(StoreContract, AKeyOfAnotherTypeIsAnErrorOfTheCaller) {
  ASSERT_TRUE(this->store().Set(this->key_, "text", 1min, Soon()));
  EXPECT_EQ(this->store().GetFields(this->key_, Soon()).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(this->store().SetField(this->key_, "a", "b", Soon()).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(this->store().Newest(this->key_, 1, Soon()).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(this->store().Append({{this->key_, {{"a", "b"}}, 1}}, Soon()).error().kind,
            ErrorKind::kInvalid);
  EXPECT_EQ(this->store().health(), Health::kUp);
}

TYPED_TEST(StoreContract, AScriptRunsOnKeysOfOneTag) {
  const std::array keys{this->key_, this->lease_};
  const std::array<std::string, 2> arguments{"4", "60000"};
  EXPECT_EQ(this->store().Run(scripts::kIncrement, {keys.data(), 1}, arguments, Soon()).value(),
            std::vector<std::int64_t>{4});
  EXPECT_EQ(this->store().Run(scripts::kIncrement, {}, arguments, Soon()).error().kind,
            ErrorKind::kInvalid);
}

TYPED_TEST(StoreContract, AScriptTakesKeysOfSeveralTagsWhereTheStoreSaysSo) {
  const std::array keys{this->key_, this->lease_};
  const std::array<std::string, 2> arguments{"4", "60000"};
  const auto sum = this->store().Run(scripts::kIncrement, keys, arguments, Soon());
  const auto kind = sum.map_error([](const base::Error& error) { return error.kind; });
  EXPECT_EQ(sum ? std::nullopt : std::optional(kind.error()),
            this->store().one_tag_per_script() ? std::optional(ErrorKind::kInvalid) : std::nullopt);
  EXPECT_EQ(this->store().Get(this->key_, Soon()).value(), sum ? std::optional("4") : std::nullopt);
}

TYPED_TEST(StoreContract, EachOfSeveralScriptsHasAResultOfItsOwn) {
  ASSERT_TRUE(this->store().Set(this->lease_, "word", 1min, Soon()));
  const std::array one{this->key_}, other{this->lease_}, third{KeyMaker::Counter("t", "n", 1)};
  const std::array<std::string, 2> four{"4", "60000"}, six{"6", "60000"};
  const std::array<Store::ScriptCall, 5> calls{{{scripts::kIncrement, one, four},
                                                {scripts::kIncrement, other, four},
                                                {scripts::kIncrement, {}, four},
                                                {scripts::kIncrement, third, six},
                                                {scripts::kIncrement, one, six}}};
  const auto results = this->store().RunAll(calls, Soon());
  ASSERT_EQ(results.size(), 5U);
  EXPECT_EQ(results[0].value(), std::vector<std::int64_t>{4});
  EXPECT_EQ(results[1].error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(results[2].error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(results[3].value(), std::vector<std::int64_t>{6});
  EXPECT_EQ(results[4].value(), std::vector<std::int64_t>{10});
  EXPECT_TRUE(this->store().RunAll({}, Soon()).empty());
}

TYPED_TEST(StoreContract, SixtyFourThreadsCountEachAdditionOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        EXPECT_TRUE(this->store().Increment(this->key_, 1, 1min, Soon() + 20s));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(this->store().Increment(this->key_, 0, 1min, Soon()).value(), 64 * 50);
}

}  // namespace
}  // namespace gatepost::store
