#include "common/reputation/reputation.h"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "common/store/resilient_store.h"
#include "tests/support/redis_server.h"

namespace gatepost::reputation {
namespace {

using std::chrono::steady_clock;
using store::BackgroundWriter;
using store::MemoryStore;
using store::RedisStore;
using namespace std::chrono_literals;

base::Deadline Soon() { return steady_clock::now() + 20s; }

Subject Client(const std::string& address = "192.0.2.1") {
  return Subject::Address(base::IpAddress::Parse(address).value());
}

template <class Condition>
bool Eventually(Condition condition) {
  for (const auto deadline = Soon(); steady_clock::now() < deadline; std::this_thread::yield()) {
    if (condition()) return true;
  }
  return false;
}

// A program on one host.
class Host {
 public:
  Host(store::Store& store, const base::Clock& clock, ReputationOptions options = {})
      : writer_(store), reputation_(std::in_place, store, writer_, options, clock) {}

  Standing Look(const Subject& subject) { return reputation_->Look({&subject, 1}, Soon()).front(); }
  void Tell(const Subject& subject, EventKind event, int times = 1) {
    for (int i = 0; i < times; ++i) reputation_->Tell(subject, event);
  }
  void Write() {
    reputation_->Flush();
    writer_.Flush();
  }
  Reputation& reputation() { return *reputation_; }
  void End() { reputation_.reset(); }
  BackgroundWriter& writer() { return writer_; }

 private:
  BackgroundWriter writer_;
  std::optional<Reputation> reputation_;
};

struct InMemory {
  MemoryStore store{base::SystemClock::Instance()};
};

struct OnRedis {
  support::RedisServer server;
  RedisStore store{store::RedisOptions{
      *store::RedisAddress::Parse(server.url()), {}, {10s, 10s, 1s, 20ms, 100ms}, {}}};
  OnRedis() { store.WaitForFirstState(Soon()); }
};

template <class Backend>
class ReputationOn : public testing::Test {
 protected:
  Backend backend_;
  Host host_{backend_.store, base::SystemClock::Instance()};
};

struct BackendNames {
  template <class Backend>
  static std::string GetName(int) {
    return std::is_same_v<Backend, InMemory> ? "Memory" : "Redis";
  }
};

using Backends = testing::Types<InMemory, OnRedis>;
TYPED_TEST_SUITE(ReputationOn, Backends, BackendNames);

TYPED_TEST(ReputationOn, AStrangerHasNoStanding) {
  const Standing standing = this->host_.Look(Client());
  EXPECT_FALSE(standing.known);
  EXPECT_EQ(standing.score, 0);
}

TYPED_TEST(ReputationOn, EventsAddUpToAScore) {
  this->host_.Tell(Client(), EventKind::kDelivered, 20);
  this->host_.Tell(Client(), EventKind::kUnknownRecipient, 50);
  this->host_.Write();
  const Standing standing = this->host_.Look(Client());
  EXPECT_TRUE(standing.known);
  EXPECT_NEAR(standing.good, 20, 0.01);
  EXPECT_NEAR(standing.bad, 10, 0.01);
  EXPECT_NEAR(standing.score, 10.0 / 40, 0.001);
}

TYPED_TEST(ReputationOn, OneLookReadsSeveralSubjectsInTheirOrder) {
  const auto domain = Subject::Domain(mail::Domain::Parse("example.org").value());
  this->host_.Tell(Client(), EventKind::kRefused);
  this->host_.Tell(domain, EventKind::kAuthenticated);
  this->host_.Write();
  Host other(this->backend_.store, base::SystemClock::Instance());
  const std::array subjects{domain, Client("192.0.2.9"), Client()};
  const auto standings = other.reputation().Look(subjects, Soon());
  ASSERT_EQ(standings.size(), 3U);
  EXPECT_NEAR(standings[0].good, 1.5, 0.01);
  EXPECT_FALSE(standings[1].known);
  EXPECT_NEAR(standings[2].bad, 2, 0.01);
}

TYPED_TEST(ReputationOn, WhatOneHostTellsAnotherSees) {
  Host other(this->backend_.store, base::SystemClock::Instance());
  other.Tell(Client(), EventKind::kComplaint);
  other.Write();
  EXPECT_NEAR(this->host_.Look(Client()).score, -0.5, 0.001);
}

TYPED_TEST(ReputationOn, WhatWasToldIsWrittenAfterAWhileByItself) {
  this->host_.Tell(Client(), EventKind::kDelivered);
  Host other(this->backend_.store, base::SystemClock::Instance(), {7 * 24h, 10, 100, 0s});
  EXPECT_TRUE(Eventually([&] { return other.Look(Client()).known; }));
}

TYPED_TEST(ReputationOn, WhatWasToldIsWrittenAtTheEnd) {
  this->host_.Tell(Client(), EventKind::kDelivered);
  this->host_.End();
  this->host_.writer().Flush();
  Host other(this->backend_.store, base::SystemClock::Instance());
  EXPECT_TRUE(other.Look(Client()).known);
}

TYPED_TEST(ReputationOn, ThreadsTellAndLookAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 200; ++j) {
        this->host_.Tell(Client(), EventKind::kDelivered);
        this->host_.Look(Client("192.0.2." + std::to_string(1 + (i + j) % 5)));
        if (j % 50 == 0) this->host_.Write();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  this->host_.Write();
  EXPECT_NEAR(this->host_.Look(Client()).good, 1'600, 0.1);
}

class ReputationTest : public testing::Test {
 protected:
  base::ManualClock clock_;
  MemoryStore store_{clock_};
  Host host_{store_, clock_};
};

TEST_F(ReputationTest, EveryEventHasItsWeight) {
  struct Case {
    EventKind event;
    double good, bad;
  };
  int number = 1;
  for (const Case& c : std::initializer_list<Case>{{EventKind::kDelivered, 1, 0},
                                                   {EventKind::kAuthenticated, 1.5, 0},
                                                   {EventKind::kRefused, 0, 2},
                                                   {EventKind::kForged, 0, 3},
                                                   {EventKind::kListed, 0, 3},
                                                   {EventKind::kAttachmentBlocked, 0, 5},
                                                   {EventKind::kLimitHit, 0, 2},
                                                   {EventKind::kUnknownRecipient, 0, 0.2},
                                                   {EventKind::kBounce, 0, 0.2},
                                                   {EventKind::kComplaint, 0, 10}}) {
    const Subject subject = Client("192.0.2." + std::to_string(number++));
    host_.Tell(subject, c.event);
    host_.Write();
    EXPECT_DOUBLE_EQ(host_.Look(subject).good, c.good) << number;
    EXPECT_DOUBLE_EQ(host_.Look(subject).bad, c.bad) << number;
  }
}

Subject Stream(const char* name) {
  return Subject::Stream(mail::Domain::Parse("example.org").value(), name);
}

TEST_F(ReputationTest, AStreamIsJudgedByTheRateOfWhatComesBack) {
  struct Case {
    const char* name;
    EventKind event;
    std::int64_t times;
    double score;
  };
  for (const Case& c :
       {Case{"clean", EventKind::kBounce, 0, 0.909}, Case{"2", EventKind::kBounce, 200, 0.5},
        Case{"6", EventKind::kBounce, 670, -0.002},
        Case{"u", EventKind::kUnknownRecipient, 200, 0.5},
        Case{"c1", EventKind::kComplaint, 10, 0.5}, Case{"c3", EventKind::kComplaint, 100, -0.488},
        Case{"hits", EventKind::kLimitHit, 20'000, 0.615}}) {
    host_.reputation().Tell(Stream(c.name), EventKind::kDelivered, 10'000);
    host_.reputation().Tell(Stream(c.name), c.event, c.times);
    host_.Write();
    EXPECT_NEAR(host_.Look(Stream(c.name)).score, c.score, 0.001) << c.name;
  }
}

TEST_F(ReputationTest, FewEventsOfAStreamSayLittle) {
  host_.reputation().Tell(Stream("bulk"), EventKind::kDelivered, 5);
  host_.reputation().Tell(Stream("bulk"), EventKind::kUnknownRecipient, 2);
  host_.Write();
  EXPECT_NEAR(host_.Look(Stream("bulk")).score, -0.024, 0.001);
  EXPECT_FALSE(host_.Look(Stream("transactional")).known);
}

TEST_F(ReputationTest, WhatTheCommandLineTellsAtOnceAllProgramsSee) {
  const auto clean = LookNow(store_, Stream("bulk"), clock_.Wall(), Soon());
  EXPECT_FALSE(clean.value().known);
  ASSERT_TRUE(TellNow(store_, Stream("bulk"), EventKind::kComplaint, 2, Soon()));
  EXPECT_DOUBLE_EQ(host_.Look(Stream("bulk")).bad, 600);
  clock_.Advance(7 * 24h);
  EXPECT_DOUBLE_EQ(LookNow(store_, Stream("bulk"), clock_.Wall(), Soon()).value().bad, 300);
}

TEST_F(ReputationTest, IsForgottenByHalvesWithoutAWrite) {
  host_.Tell(Client(), EventKind::kDelivered, 8);
  host_.Write();
  EXPECT_DOUBLE_EQ(host_.Look(Client()).good, 8);
  clock_.Advance(7 * 24h);
  EXPECT_DOUBLE_EQ(host_.Look(Client()).good, 4);
  clock_.Advance(7 * 12h);
  EXPECT_NEAR(host_.Look(Client()).good, 2.828, 0.001);
}

TEST_F(ReputationTest, IsForgottenWhollyInTheEnd) {
  host_.Tell(Client(), EventKind::kComplaint, 1'000);
  host_.Write();
  clock_.Advance(70 * 24h - 1s);
  EXPECT_TRUE(host_.Look(Client()).known);
  clock_.Advance(120s);  // the cache's time as well
  EXPECT_FALSE(host_.Look(Client()).known);
  EXPECT_EQ(store_.size(), 0U);
}

TEST_F(ReputationTest, ManyEqualEventsOfASecondAreOneWrite) {
  host_.Tell(Client(), EventKind::kDelivered, 10'000);
  host_.Write();
  EXPECT_EQ(store_.Get(store::KeyMaker::Reputation("ip 192.0.2.1"), Soon()).value(),
            "10000000 0 1700086400");
}

TEST_F(ReputationTest, AStandingThatWasReadIsKeptForTheCachesTime) {
  EXPECT_FALSE(host_.Look(Client()).known);
  Host other(store_, clock_);
  other.Tell(Client(), EventKind::kComplaint);
  other.Write();
  clock_.Advance(59s);
  EXPECT_FALSE(host_.Look(Client()).known);
  clock_.Advance(1s);
  EXPECT_TRUE(host_.Look(Client()).known);
}

TEST_F(ReputationTest, WhatThisProcessToldShowsOnceItIsWritten) {
  EXPECT_FALSE(host_.Look(Client()).known);
  host_.Tell(Client(), EventKind::kComplaint);
  host_.Write();
  EXPECT_TRUE(host_.Look(Client()).known);
}

TEST_F(ReputationTest, OneIpv6NetworkIsOneSubjectHoweverManyAddressesItUses) {
  const auto network = Subject::Network(base::IpAddress::Parse("2001:db8:1:2::1").value());
  for (int i = 1; i <= 1'000; ++i) {
    const auto address = base::IpAddress::Parse("2001:db8:1:2::" + std::to_string(i)).value();
    host_.Tell(Subject::Address(address), EventKind::kListed);
    host_.Tell(Subject::Network(address), EventKind::kListed);
  }
  host_.Write();
  EXPECT_EQ(store_.size(), 1U);
  const std::array subjects{Client("2001:db8:1:2::7"), network};
  const auto standings = host_.reputation().Look(subjects, Soon());
  EXPECT_FALSE(standings[0].known);
  EXPECT_DOUBLE_EQ(standings[1].bad, 3'000);
}

TEST_F(ReputationTest, ABurstOfSendersIsBoundedAndCounted) {
  for (int i = 0; i < 30'000; ++i) {
    host_.Tell(Client("10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250)),
               EventKind::kListed);
  }
  host_.Write();
  EXPECT_GE(store_.size() + host_.reputation().dropped() + host_.writer().dropped(), 30'000U);
}

TEST_F(ReputationTest, AnAbsurdHalfLifeAndPriorAreTakenAsTheNearestThatMakeSense) {
  Host host(store_, clock_, {0s, -5, 100, 60s});
  EXPECT_EQ(host.Look(Client()).score, 0);
  host.Tell(Client(), EventKind::kDelivered);
  host.Write();
  EXPECT_EQ(host.Look(Client()).score, 1);
}

TEST(ReputationWithoutRedis, EverybodyIsAStrangerAndNothingWaits) {
  OnRedis redis;
  Host host(redis.store, base::SystemClock::Instance());
  host.Tell(Client(), EventKind::kComplaint);
  host.Write();
  redis.server.Kill();
  ASSERT_TRUE(Eventually([&] { return redis.store.health() != store::Health::kUp; }));
  EXPECT_FALSE(host.Look(Client("192.0.2.2")).known);
  EXPECT_TRUE(host.Look(Client()).known);  // cached
  host.Tell(Client(), EventKind::kListed);
  host.Write();
  redis.server.Start();
  ASSERT_TRUE(Eventually([&] { return redis.store.health() == store::Health::kUp; }));
  EXPECT_FALSE(host.Look(Client("192.0.2.3")).known);  // asked, not taken from the failure
  host.writer().Flush();
  EXPECT_NEAR(host.Look(Client()).bad, 3, 0.01);
}

// The store of programs while its server is frozen, and still counts as up.
class ReputationOnALateServer : public testing::Test {
 protected:
  std::unique_ptr<RedisStore> OpenRedis() {
    auto redis = std::make_unique<RedisStore>(store::RedisOptions{
        *store::RedisAddress::Parse(server_.url()), {}, {60s, 60s, 1s, 20ms, 100ms}, {}});
    redis->WaitForFirstState(Soon());
    return redis;
  }

  support::RedisServer server_;
  store::ResilientStore store_{OpenRedis(),
                               std::make_unique<MemoryStore>(base::SystemClock::Instance())};
};

TEST_F(ReputationOnALateServer, MakesNobodyAStrangerForTheCachesTime) {
  Host teller(store_, base::SystemClock::Instance());
  teller.Tell(Client(), EventKind::kComplaint);
  teller.Write();
  Host host(store_, base::SystemClock::Instance());
  server_.Freeze();
  const Subject client = Client();
  EXPECT_FALSE(host.reputation().Look({&client, 1}, steady_clock::now() + 20ms).front().known);
  server_.Thaw();
  EXPECT_TRUE(host.Look(client).known);
}

TEST_F(ReputationOnALateServer, CountsEventsThatCouldNotBeWritten) {
  BackgroundWriter writer(store_, {10, 20ms});
  Reputation reputation(store_, writer, {}, base::SystemClock::Instance());
  server_.Freeze();
  for (const char* const address : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) {
    reputation.Tell(Client(address), EventKind::kComplaint);
  }
  reputation.Flush();
  writer.Flush();
  EXPECT_EQ(reputation.dropped(), 3U);
  EXPECT_EQ(writer.dropped(), 3U);
  server_.Thaw();
}

}  // namespace
}  // namespace gatepost::reputation
