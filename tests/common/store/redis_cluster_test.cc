// The store on a real Redis Cluster of three nodes: keys everywhere, slots that move, nodes that
// are gone.
#include "common/store/redis_cluster.h"

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>

#include "common/store/keys.h"
#include "common/store/redis_store.h"
#include "common/store/script.h"
#include "tests/support/redis_cluster.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr unsigned kMovedSlots = 80;

base::Deadline Soon() { return steady_clock::now() + 20s; }

bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = Soon();
  while (!condition()) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

Key Numbered(unsigned number) { return KeyMaker::Lease(std::to_string(number)); }

// The first key from `number` on whose slot is as asked for.
template <class IsRight>
Key KeyWhere(IsRight is_right, unsigned number = 0) {
  while (!is_right(KeySlot(Numbered(number).text()))) ++number;
  return Numbered(number);
}

Key KeyOn(std::size_t node) {
  return KeyWhere([=](unsigned slot) { return support::RedisCluster::FirstOwner(slot) == node; });
}

class OnCluster : public testing::Test {
 protected:
  // One for all tests, as it takes a second to come up; each leaves it whole.
  static void SetUpTestSuite() { cluster_ = std::make_unique<support::RedisCluster>(); }
  static void TearDownTestSuite() { cluster_.reset(); }

  void SetUp() override {
    for (std::size_t i = 0; i < cluster_->kNodes; ++i) cluster_->node(i).Command({"FLUSHALL"});
    store_ = Open(cluster_->url());
  }

  std::unique_ptr<RedisStore> Open(const std::string& url) {
    auto store = std::make_unique<RedisStore>(std::make_unique<RedisCluster>(
        RedisClusterOptions{*ParseClusterUrl(url),
                            {},
                            {2s, 2s, 100ms, 20ms, 100ms},
                            [this](Health health, const std::string& reason) {
                              const std::lock_guard lock(mutex_);
                              states_.push_back(health);
                              reason_ = reason;
                            }}));
    store->WaitForFirstState(Soon());
    return store;
  }

  base::Result<std::int64_t> Add(const Key& key) { return store_->Increment(key, 1, 1min, Soon()); }
  bool Reaches(Health health) {
    return Eventually([&] { return store_->health() == health; });
  }
  std::vector<Health> states() {
    const std::lock_guard lock(mutex_);
    return states_;
  }
  std::string reason() {
    const std::lock_guard lock(mutex_);
    return reason_;
  }
  // Sums of one script on each of the keys, in one RunAll.
  std::vector<base::Result<std::vector<std::int64_t>>> AddAll(std::span<const Key> keys) {
    static const std::array<std::string, 2> arguments{"1", "60000"};
    std::vector<Store::ScriptCall> calls;
    for (const Key& key : keys) calls.push_back({scripts::kIncrement, {&key, 1}, arguments});
    return store_->RunAll(calls, Soon());
  }
  std::size_t CallsSeen(std::size_t node, const std::string& command) {
    const std::string all = cluster_->node(node).Command({"INFO", "commandstats"});
    const std::size_t at = all.find("cmdstat_" + command + ":calls=");
    return at == std::string::npos ? 0 : std::stoul(all.substr(all.find('=', at) + 1));
  }

  static void Configure(std::size_t node, const char* name, const char* value) {
    cluster_->node(node).Command({"CONFIG", "SET", name, value});
  }

  static std::unique_ptr<support::RedisCluster> cluster_;
  std::mutex mutex_;
  std::vector<Health> states_;
  std::string reason_;
  std::unique_ptr<RedisStore> store_;
};

std::unique_ptr<support::RedisCluster> OnCluster::cluster_;

TEST_F(OnCluster, KeysLiveOnAllNodesAndValuesComeBackInOrder) {
  std::vector<Key> keys;
  for (unsigned i = 0; i < 100; ++i) keys.push_back(Numbered(i));
  std::vector<std::optional<std::string>> want;
  for (const Key& key : keys) {
    want.emplace_back(key.text());
    ASSERT_TRUE(store_->Set(key, key.text(), 1min, Soon()));
  }
  EXPECT_EQ(store_->GetAll(keys, Soon()).value(), want);
  for (std::size_t i = 0; i < cluster_->kNodes; ++i) {
    EXPECT_THAT(cluster_->node(i).Command({"KEYS", "gp:lease:*"}), HasSubstr("gp:lease:{"));
  }
  EXPECT_THAT(states(), ElementsAre(Health::kUp));
}

TEST_F(OnCluster, StreamsOfSeveralNodesAreWrittenTogether) {
  const std::array keys{KeyOn(0), KeyOn(1), KeyOn(2)};
  std::vector<Store::StreamEntry> entries;
  for (const Key& key : keys) entries.push_back({key, {{"n", key.text()}}, 10, 1min});
  ASSERT_TRUE(store_->Append(entries, Soon()));
  for (const Key& key : keys) {
    EXPECT_EQ(store_->Newest(key, 1, Soon()).value(), (std::vector<Fields>{{{"n", key.text()}}}));
  }
}

TEST_F(OnCluster, ScriptsTakeKeysOfOneTag) {
  const std::array<std::string, 2> arguments{"1", "60000"};
  const std::array one_tag{KeyMaker::Limits("user a"), KeyMaker::KnownRecipients("user a")};
  const std::array two_tags{KeyOn(0), KeyOn(1)};
  EXPECT_TRUE(store_->one_tag_per_script());
  EXPECT_TRUE(store_->Run(scripts::kIncrement, one_tag, arguments, Soon()));
  EXPECT_EQ(store_->Run(scripts::kIncrement, two_tags, arguments, Soon()).error().kind,
            ErrorKind::kInvalid);
}

TEST_F(OnCluster, SeveralScriptsGoToAllNodesAndForgottenOnesAgain) {
  const std::array keys{KeyOn(0), KeyOn(1), KeyOn(2),
                        KeyWhere([](unsigned) { return true; }, 1000)};
  for (const std::int64_t sum : {1, 2, 3}) {
    if (sum == 3) cluster_->node(1).Command({"SCRIPT", "FLUSH"});
    for (const auto& result : AddAll(keys)) EXPECT_EQ(result.value().at(0), sum);
  }
}

TEST_F(OnCluster, OneNamedNodeIsEnough) {
  store_ = Open("redis+cluster://" + cluster_->Address(2));
  for (const std::size_t node : {0U, 1U, 2U}) EXPECT_EQ(Add(KeyOn(node)).value(), 1);
}

TEST_F(OnCluster, AKeyThatMovedIsFollowedAndThenAskedForAtItsNewPlace) {
  const Key key = KeyOn(1);
  const unsigned slot = KeySlot(key.text());
  ASSERT_EQ(Add(key).value(), 1);
  cluster_->BeginMove(slot, 1, 0);
  EXPECT_EQ(Add(key).value(), 2);  // still there
  cluster_->FinishMove(slot, 1, 0);
  EXPECT_EQ(Add(key).value(), 3);
  EXPECT_TRUE(Eventually([&] {
    const std::size_t seen = CallsSeen(1, "evalsha");
    EXPECT_TRUE(Add(key));
    return CallsSeen(1, "evalsha") == seen;
  }));
  cluster_->BeginMove(slot, 0, 1);
  cluster_->FinishMove(slot, 0, 1);
  EXPECT_TRUE(Add(key));
  EXPECT_THAT(states(), ElementsAre(Health::kUp));
}

TEST_F(OnCluster, ANewKeyOfASlotThatIsMovingIsMadeAtItsNewPlace) {
  const Key key = KeyOn(2);
  const unsigned slot = KeySlot(key.text());
  cluster_->BeginMove(slot, 2, 0);
  for (const std::int64_t sum : {1, 2, 3}) EXPECT_EQ(Add(key).value(), sum);  // ASK each time
  EXPECT_EQ(cluster_->node(2).Command({"DBSIZE"}).substr(0, 2), ":0");
  cluster_->FinishMove(slot, 2, 0);
  EXPECT_EQ(Add(key).value(), 4);
  cluster_->BeginMove(slot, 0, 2);
  cluster_->FinishMove(slot, 0, 2);
}

TEST_F(OnCluster, KeysOfAScriptOnTheirWayAreWaitedForUntilTheDeadline) {
  const std::array keys{KeyMaker::Limits("user a"), KeyMaker::KnownRecipients("user a")};
  const std::array<std::string, 2> arguments{"1", "60000"};
  const unsigned slot = KeySlot(keys[0].text());
  const std::size_t from = cluster_->FirstOwner(slot);
  const std::size_t to = (from + 1) % cluster_->kNodes;
  ASSERT_TRUE(Add(keys[0]));
  cluster_->BeginMove(slot, from, to);
  const auto start = steady_clock::now();
  EXPECT_FALSE(store_->Run(scripts::kIncrement, keys, arguments, start + 50ms));
  EXPECT_LT(steady_clock::now() - start, 2s);
  std::thread mover([&] { cluster_->FinishMove(slot, from, to); });
  EXPECT_EQ(store_->Run(scripts::kIncrement, keys, arguments, Soon()).value().at(0), 2);
  mover.join();
  cluster_->BeginMove(slot, to, from);
  cluster_->FinishMove(slot, to, from);
}

TEST_F(OnCluster, NothingIsLostAndNobodySeesAnErrorWhileSlotsMove) {
  std::atomic<bool> done = false;
  std::array<std::atomic<std::int64_t>, 4> counts{};
  std::vector<Key> keys;
  for (unsigned number = 0; keys.size() < 20;) {
    const Key key = KeyWhere([](unsigned slot) { return slot < kMovedSlots; }, number);
    keys.push_back(key);
    while (Numbered(number++) != key) continue;
  }
  std::vector<std::thread> callers;
  for (auto& count : counts) {
    callers.emplace_back([&] {
      for (unsigned i = 0; !done; ++i) {
        const auto sum = Add(keys[i % keys.size()]);
        EXPECT_TRUE(sum) << sum.error().message;
        ++count;
      }
    });
  }
  EXPECT_TRUE(cluster_->Reshard(0, 1, kMovedSlots));
  EXPECT_TRUE(cluster_->Reshard(1, 0, kMovedSlots));
  done = true;
  for (auto& caller : callers) caller.join();
  EXPECT_THAT(cluster_->node(0).Command({"INFO", "errorstats"}), HasSubstr("errorstat_MOVED"));
  std::int64_t want = 0, got = 0;
  for (const auto& count : counts) want += count;
  for (const Key& key : keys) got += store_->Increment(key, 0, 1min, Soon()).value_or(0);
  EXPECT_EQ(got, want);
  EXPECT_GT(want, 50);
  EXPECT_THAT(states(), ElementsAre(Health::kUp));
}

TEST_F(OnCluster, WithOneNodeGoneTheCallsForTheOthersGoOnAsFarAsTheClusterLetsThem) {
  const std::array keys{KeyOn(0), KeyOn(1), KeyOn(2)};
  for (const auto& result : AddAll(keys)) EXPECT_TRUE(result);
  cluster_->node(1).Kill();
  ASSERT_TRUE(Reaches(Health::kDown));
  EXPECT_THAT(reason(), HasSubstr(cluster_->Address(1)));
  for (int i = 0; i < 50; ++i) {
    const auto results = AddAll(keys);
    EXPECT_TRUE(results[0]);
    EXPECT_EQ(results[1].error().kind, ErrorKind::kUnavailable);
    EXPECT_TRUE(results[2]);
  }
  for (const std::size_t node : {0U, 2U}) {  // the cluster gives up its node, and then itself
    Configure(node, "cluster-node-timeout", "500");
    Configure(node, "cluster-require-full-coverage", "yes");
  }
  EXPECT_TRUE(Eventually([&] {
    const auto sum = Add(keys[0]);
    return !sum && sum.error().kind == ErrorKind::kUnavailable;
  }));
  cluster_->node(1).Start();
  EXPECT_TRUE(Reaches(Health::kUp));
  EXPECT_TRUE(Eventually([&] { return Add(keys[1]).has_value(); }));
  EXPECT_THAT(states(), ElementsAre(Health::kUp, Health::kDown, Health::kUp));
  for (const std::size_t node : {0U, 2U}) {
    Configure(node, "cluster-node-timeout", "15000");
    Configure(node, "cluster-require-full-coverage", "no");
  }
}

TEST_F(OnCluster, AHungNodeHoldsUpNobodyBeyondTheDeadline) {
  const std::array keys{KeyOn(0), KeyOn(1), KeyOn(2)};
  const std::array<std::string, 2> arguments{"1", "60000"};
  std::vector<Store::ScriptCall> calls;
  for (const Key& key : keys) calls.push_back({scripts::kIncrement, {&key, 1}, arguments});
  cluster_->node(2).Freeze();
  const auto start = steady_clock::now();
  const auto results = store_->RunAll(calls, start + 100ms);
  EXPECT_LT(steady_clock::now() - start, 2s);
  cluster_->node(2).Thaw();
  EXPECT_TRUE(results[0]);
  EXPECT_TRUE(results[1]);
  EXPECT_EQ(results[2].error().kind, ErrorKind::kTimeout);
  EXPECT_TRUE(Reaches(Health::kUp));
}

TEST_F(OnCluster, AFullNodeIsReadOnlyAndTheOthersAreNot) {
  Configure(0, "maxmemory", "1");
  EXPECT_EQ(Add(KeyOn(0)).error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(Add(KeyOn(1)));
  EXPECT_TRUE(Reaches(Health::kReadOnly));
  EXPECT_THAT(reason(), HasSubstr("OOM"));
  Configure(0, "maxmemory", "0");
  EXPECT_TRUE(Reaches(Health::kUp));
  EXPECT_THAT(states(), ElementsAre(Health::kUp, Health::kReadOnly, Health::kUp));
}

TEST_F(OnCluster, ASlotOfNoNodeFailsItsKeysAlone) {
  const Key key = KeyOn(0);
  const std::string slot = std::to_string(KeySlot(key.text()));
  for (const std::size_t node : {0U, 1U, 2U}) {
    cluster_->node(node).Command({"CLUSTER", "DELSLOTS", slot});
  }
  EXPECT_EQ(Add(key).error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(Add(KeyOn(1)));
  EXPECT_TRUE(Reaches(Health::kDown));
  EXPECT_EQ(reason(), "slots that no node serves: 1");
  cluster_->node(0).Command({"CLUSTER", "ADDSLOTS", slot});
  EXPECT_TRUE(Reaches(Health::kUp));
  EXPECT_TRUE(Eventually([&] { return Add(key).has_value(); }));
}

TEST_F(OnCluster, OneOfItsNodesAloneIsNoStore) {
  RedisStore alone(
      RedisOptions{*RedisAddress::Parse("redis://" + cluster_->Address(0)), {}, {}, {}});
  alone.WaitForFirstState(Soon());
  EXPECT_FALSE(alone.Set(KeyOn(1), "x", 1min, Soon()));
  EXPECT_TRUE(Eventually([&] { return alone.health() == Health::kDown; }));
}

TEST(RedisCluster, AServerOutsideAClusterSaysWhy) {
  const std::string host = support::RedisCluster::OwnHost();
  support::RedisServer server({"--port", "6379", "--bind", host});
  std::string told;
  RedisCluster cluster(RedisClusterOptions{
      {*RedisAddress::Parse("redis://" + host)}, {}, {}, [&](Health, const std::string& why) {
        told = why;
      }});
  cluster.WaitForFirstState(Soon());
  EXPECT_EQ(cluster.health(), Health::kDown);
  EXPECT_THAT(told, HasSubstr("cluster support disabled"));
}

}  // namespace
}  // namespace gatepost::store
