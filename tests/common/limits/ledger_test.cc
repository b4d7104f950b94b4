// Reserve, commit, give back: on a store in memory, where each script has one hash tag as in a
// cluster, and on a real Redis.
#include "common/limits/ledger.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "common/store/keys.h"
#include "common/store/limit_state.h"
#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "common/store/script.h"
#include "tests/support/redis_server.h"
#include "tests/support/switched_store.h"

namespace gatepost::limits {
namespace {

using namespace std::chrono_literals;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 20s; }

std::unique_ptr<store::RedisStore> OpenRedis(const std::string& url) {
  auto redis = std::make_unique<store::RedisStore>(
      store::RedisOptions{*store::RedisAddress::Parse(url), {}, {10s, 10s, 1s, 20ms, 100ms}, {}});
  redis->WaitForFirstState(Soon());
  return redis;
}

template <class Condition>
bool Eventually(Condition condition) {
  const auto deadline = Soon();
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

const std::string kAlice = "user alice@example.org";
const std::string kPool = "user-domain example.org";

SubjectCharges Of(const std::string& subject, std::int64_t limit, std::int64_t amount = 1) {
  return {subject, {{"r1h", 1h, limit, amount, true, false}}};
}

bool Fits(Reservation& reservation, const std::vector<SubjectCharges>& charges) {
  return reservation.Reserve(charges, {}, Soon()).reserved;
}

bool Sends(Ledger& ledger, const std::vector<SubjectCharges>& charges) {
  auto message = ledger.Begin();
  if (!Fits(message, charges)) return false;
  message.Commit(-1, Soon());
  return true;
}

struct InMemory {
  store::MemoryStore store{base::SystemClock::Instance()};
};

struct OnRedis {
  support::RedisServer server;
  std::unique_ptr<store::RedisStore> owner = OpenRedis(server.url());
  store::Store& store = *owner;
};

template <class Backend>
class LedgerContract : public testing::Test {
 protected:
  std::int64_t Used(const std::string& subject, std::string_view slot = "r1h") {
    const auto value = backend_.store.Get(store::KeyMaker::Limits(subject), Soon());
    if (!value || !*value) return 0;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return store::LimitState::Parse(**value).value().Used(
        slot, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  }

  Backend backend_;
  Ledger ledger_{backend_.store, {}};
};

struct BackendNames {
  template <class Backend>
  static std::string GetName(int) {
    return std::is_same_v<Backend, InMemory> ? "Memory" : "Redis";
  }
};

using Backends = testing::Types<InMemory, OnRedis>;
TYPED_TEST_SUITE(LedgerContract, Backends, BackendNames);

TYPED_TEST(LedgerContract, LetsJustTheLimitThrough) {
  const std::vector<SubjectCharges> charges{Of(kAlice, 3), Of(kPool, 100)};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Sends(this->ledger_, charges));
  auto message = this->ledger_.Begin();
  const auto outcome = message.Reserve(charges, {}, Soon());
  EXPECT_FALSE(outcome.reserved);
  EXPECT_TRUE(outcome.shared);
  ASSERT_EQ(outcome.charges.size(), 2);
  EXPECT_EQ(outcome.charges[0][0].used, 3);
  EXPECT_EQ(outcome.charges[0][0].refused, 1);
  EXPECT_GT(outcome.charges[0][0].room_in, 59min);
  EXPECT_LE(outcome.charges[0][0].room_in, 61min);
  EXPECT_EQ(outcome.charges[1][0].used, 3);
  EXPECT_EQ(outcome.charges[1][0].room_in, 0ms);
  this->ledger_.Flush();
  EXPECT_EQ(this->Used(kAlice), 3);
  EXPECT_EQ(this->Used(kPool), 3);
}

TYPED_TEST(LedgerContract, WhatIsReservedIsExpectedToStayForTheWindow) {
  auto first = this->ledger_.Begin();
  EXPECT_TRUE(Fits(first, {Of(kAlice, 2, 2)}));
  auto second = this->ledger_.Begin();
  const auto outcome = second.Reserve(std::vector{Of(kAlice, 2)}, {}, Soon());
  EXPECT_FALSE(outcome.reserved);
  EXPECT_EQ(outcome.charges[0][0].used, 2);
  EXPECT_GT(outcome.charges[0][0].room_in, 59min);
  EXPECT_LE(outcome.charges[0][0].room_in, 61min);
}

TYPED_TEST(LedgerContract, CountsRecipientsOfOneMessageTogether) {
  const std::vector<SubjectCharges> charges{Of(kAlice, 3), Of(kPool, 100)};
  auto message = this->ledger_.Begin();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Fits(message, charges));
  EXPECT_FALSE(Fits(message, charges));
  message.Commit(-1, Soon());
  this->ledger_.Flush();
  EXPECT_EQ(this->Used(kAlice), 3);
  EXPECT_EQ(this->Used(kPool), 3);
}

TYPED_TEST(LedgerContract, GivesBackWhatIsNotCommitted) {
  const std::vector<SubjectCharges> charges{Of(kAlice, 2), Of(kPool, 100)};
  {
    auto message = this->ledger_.Begin();
    EXPECT_TRUE(Fits(message, charges));
    EXPECT_TRUE(Fits(message, charges));
    auto other = this->ledger_.Begin();
    EXPECT_FALSE(Fits(other, charges));
  }
  this->ledger_.Flush();
  EXPECT_EQ(this->Used(kAlice), 0);
  EXPECT_EQ(this->Used(kPool), 0);
  EXPECT_TRUE(Sends(this->ledger_, charges));
  EXPECT_TRUE(Sends(this->ledger_, charges));
}

TYPED_TEST(LedgerContract, ReservesNothingWhereOneRefuses) {
  const std::vector<SubjectCharges> charges{Of(kPool, 100), Of(kAlice, 1),
                                            Of("client 192.0.2.1", 9)};
  auto message = this->ledger_.Begin();
  EXPECT_TRUE(Fits(message, charges));
  EXPECT_FALSE(Fits(message, charges));
  this->ledger_.Flush();
  EXPECT_EQ(this->Used(kPool), 1);
  EXPECT_EQ(this->Used("client 192.0.2.1"), 1);
  message.Commit(-1, Soon());
  EXPECT_EQ(this->Used(kPool), 1);
}

TYPED_TEST(LedgerContract, AShadowChargeRefusesNothingAndCountsWhatItWouldHaveRefused) {
  std::vector<SubjectCharges> charges{Of(kAlice, 100)};
  charges[0].charges.push_back({"r1h~", 1h, 1, 1, false, false});
  EXPECT_TRUE(Sends(this->ledger_, charges));
  for (int i = 1; i <= 2; ++i) {
    auto message = this->ledger_.Begin();
    const auto outcome = message.Reserve(charges, {}, Soon());
    EXPECT_TRUE(outcome.reserved);
    EXPECT_GT(outcome.charges[0][1].room_in, 0ms);
    EXPECT_EQ(outcome.charges[0][1].refused, i);
    message.Commit(-1, Soon());
  }
  EXPECT_EQ(this->Used(kAlice), 3);
  EXPECT_EQ(this->Used(kAlice, "r1h~"), 1);
}

TYPED_TEST(LedgerContract, KnowsARecipientOnceAMessageWasAccepted) {
  std::vector<SubjectCharges> charges{Of(kPool, 100), Of(kAlice, 100)};
  charges[0].charges.push_back({"n1d", 24h, 3, 1, true, true});
  charges[1].charges.push_back({"n1d", 24h, 2, 1, true, true});
  const auto to = [&](const std::string& recipient) {
    auto message = this->ledger_.Begin();
    const auto outcome = message.Reserve(charges, {kAlice, recipient}, Soon());
    if (outcome.reserved) message.Commit(-1, Soon());
    return std::pair(outcome.reserved, outcome.new_recipient);
  };
  {
    auto message = this->ledger_.Begin();  // not accepted
    EXPECT_TRUE(message.Reserve(charges, {kAlice, "a@example.net"}, Soon()).new_recipient);
  }
  this->ledger_.Flush();
  EXPECT_EQ(to("a@example.net"), std::pair(true, true));
  EXPECT_EQ(to("a@example.net"), std::pair(true, false));
  EXPECT_EQ(to("b@example.net"), std::pair(true, true));
  EXPECT_EQ(to("c@example.net"), std::pair(false, true));
  EXPECT_EQ(to("b@example.net"), std::pair(true, false));
  this->ledger_.Flush();
  EXPECT_EQ(this->Used(kAlice, "n1d"), 2);
  EXPECT_EQ(this->Used(kPool, "n1d"), 2);
}

TYPED_TEST(LedgerContract, CountsTheRealLengthInsteadOfTheAnnouncedOne) {
  std::vector<SubjectCharges> charges{Of(kAlice, 100)};
  charges[0].charges.push_back({"b1d", 24h, 10'000, 4'000, true, false});
  auto message = this->ledger_.Begin();
  EXPECT_TRUE(Fits(message, charges));
  EXPECT_EQ(this->Used(kAlice, "b1d"), 4'000);
  message.Commit(5'500, Soon());
  EXPECT_EQ(this->Used(kAlice, "b1d"), 5'500);
  EXPECT_EQ(this->Used(kAlice), 1);
}

TYPED_TEST(LedgerContract, ASlotThatIsGivenTwiceCountsOnceAndTheStricterDecides) {
  const std::vector<SubjectCharges> charges{Of(kAlice, 5), Of(kAlice, 2)};
  EXPECT_TRUE(Sends(this->ledger_, charges));
  EXPECT_TRUE(Sends(this->ledger_, charges));
  auto message = this->ledger_.Begin();
  const auto outcome = message.Reserve(charges, {}, Soon());
  EXPECT_FALSE(outcome.reserved);
  EXPECT_EQ(outcome.charges.size(), 2);
  EXPECT_EQ(outcome.charges[1][0].used, 2);
}

TYPED_TEST(LedgerContract, NumbersOutOfAllBoundsHaveAnOutcome) {
  constexpr auto kHuge = std::numeric_limits<std::int64_t>::max();
  EXPECT_FALSE(Sends(this->ledger_, {Of(kAlice, -5)}));
  EXPECT_FALSE(Sends(this->ledger_, {Of(kAlice, 0)}));
  EXPECT_TRUE(Sends(this->ledger_, {Of(kAlice, 10, -7)}));
  EXPECT_FALSE(Sends(this->ledger_, {Of(kAlice, 10, kHuge)}));
  EXPECT_TRUE(Sends(this->ledger_, {Of(kAlice, kHuge, 10)}));
  EXPECT_TRUE(Sends(this->ledger_, {{kAlice, {{"odd", -5ms, 10, 1, true, false}}}}));
  EXPECT_TRUE(Sends(this->ledger_, {{kAlice, {{"", 1h, 10, 1, true, false}}}}));
  EXPECT_TRUE(Sends(this->ledger_, {{"", {{"r1h", 1h, 10, 1, true, false}}}}));
  EXPECT_TRUE(Sends(this->ledger_, {}));
  EXPECT_TRUE(Sends(this->ledger_, {{kAlice, {}}}));
}

TYPED_TEST(LedgerContract, CarriesTheScriptsOfOthers) {
  const auto counter = store::KeyMaker::Counter("ratelimit", "messages", 1);
  const std::vector<std::string> one{"1", "60000"};
  const store::Store::ScriptCall count{store::scripts::kIncrement, {&counter, 1}, one};
  std::vector<base::Result<std::vector<std::int64_t>>> results;
  auto message = this->ledger_.Begin();
  const std::vector<SubjectCharges> charges{Of(kAlice, 5), Of(kPool, 5)};
  EXPECT_TRUE(message.Reserve(charges, {}, Soon(), {&count, 1}, &results).reserved);
  ASSERT_EQ(results.size(), 1);
  EXPECT_EQ(results[0].value(), std::vector<std::int64_t>{1});
  message.Commit(-1, Soon(), {&count, 1});
  EXPECT_EQ(this->backend_.store.Get(counter, Soon()).value(), "2");
}

TYPED_TEST(LedgerContract, WhatIsNeverSettledExpiresAndItsRoomComesBack) {
  Ledger ledger(this->backend_.store, {.reservation_life = 300ms});
  const auto start = std::chrono::steady_clock::now();
  const std::vector<SubjectCharges> charges{Of(kAlice, 5)};
  std::vector<Reservation> killed;  // as if their program had died
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Fits(killed.emplace_back(ledger.Begin()), charges));
  }
  const bool sent = Sends(ledger, charges);
  EXPECT_TRUE(!sent || std::chrono::steady_clock::now() - start >= 300ms);
  EXPECT_TRUE(sent || Eventually([&] { return Sends(ledger, charges); }));
  for (int i = 1; i < 5; ++i) {
    EXPECT_TRUE(Eventually([&] { return Sends(ledger, charges); }));
  }
  EXPECT_FALSE(Sends(ledger, charges));
}

TYPED_TEST(LedgerContract, GivesEachMessageANameOfItsOwn) {
  std::set<std::string> ids;
  Ledger other(this->backend_.store, {});
  for (int i = 0; i < 1'000; ++i) {
    ids.insert(this->ledger_.Begin().id());
    ids.insert(other.Begin().id());
  }
  EXPECT_EQ(ids.size(), 2'000);
  EXPECT_EQ(ids.begin()->size(), 12);
}

// Two programs, 32 senders, one limit.
TYPED_TEST(LedgerContract, LetsNotOneMoreThroughWhoeverAsksAtOnce) {
  Ledger other(this->backend_.store, {});
  const std::vector<SubjectCharges> charges{Of(kPool, 400), Of(kAlice, 150)};
  std::atomic<int> sent = 0, done = 0;
  std::vector<std::thread> senders;
  for (int i = 0; i < 32; ++i) {
    senders.emplace_back([&, i] {
      Ledger& ledger = i % 2 == 0 ? this->ledger_ : other;
      for (int n = 0; n < 10; ++n) {
        auto message = ledger.Begin();
        if (!Fits(message, charges)) continue;
        if (n % 3 == 0) continue;  // given back
        message.Commit(-1, Soon());
        ++sent;
      }
      ++done;
    });
  }
  for (auto& sender : senders) sender.join();
  this->ledger_.Flush();
  other.Flush();
  EXPECT_LE(sent, 150);
  EXPECT_EQ(this->Used(kAlice), sent);
  EXPECT_EQ(this->Used(kPool), sent);
  while (Sends(this->ledger_, charges)) ++sent;
  EXPECT_EQ(sent, 150);
}

class LedgerOutage : public testing::Test {
 protected:
  bool Up() const { return redis_->health() == store::Health::kUp; }

  void BreakDown() {
    server_.Kill();
    ASSERT_TRUE(Eventually([&] { return !Up(); }));
  }
  void ComeBack() {
    server_.Start();
    ASSERT_TRUE(Eventually([&] { return Up(); }));
  }
  void Settle(Ledger& ledger) {
    ASSERT_TRUE(Eventually([&] {
      ledger.Flush();
      return Up() && ledger.waiting() == 0;
    }));
  }
  std::int64_t Used() {
    auto message = ledger_.Begin();
    return message.Reserve(std::vector{Of(kAlice, 1'000, 0)}, {}, Soon()).charges[0][0].used;
  }

  support::RedisServer server_{{"--appendonly", "yes", "--appendfsync", "always"}};
  std::unique_ptr<store::RedisStore> redis_ = OpenRedis(server_.url());
  Ledger ledger_{*redis_, {}};
  const std::vector<SubjectCharges> charges_{Of(kAlice, 10), Of(kPool, 1'000)};
};

TEST_F(LedgerOutage, GoesOnFromWhereAllHostsStoodAndHandsOver) {
  Ledger other(*redis_, {});
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(Sends(other, charges_));
  EXPECT_TRUE(Sends(ledger_, charges_));  // this host heard of 5
  BreakDown();
  int sent = 0;
  while (Sends(ledger_, charges_)) ++sent;
  EXPECT_EQ(sent, 5);
  EXPECT_EQ(ledger_.waiting(), 5);
  auto refused = ledger_.Begin();
  const auto outcome = refused.Reserve(charges_, {}, Soon());
  EXPECT_FALSE(outcome.shared);
  EXPECT_EQ(outcome.charges[0][0].used, 10);
  EXPECT_GT(outcome.charges[0][0].room_in, 59min);
  ComeBack();
  Settle(ledger_);
  EXPECT_EQ(Used(), 10);
  EXPECT_FALSE(Sends(other, charges_));
  EXPECT_EQ(ledger_.dropped(), 0);
}

TEST_F(LedgerOutage, CommitsLaterWhatWasReservedBefore) {
  auto message = ledger_.Begin();
  EXPECT_TRUE(Fits(message, charges_));
  auto given_up = std::optional(ledger_.Begin());
  EXPECT_TRUE(Fits(*given_up, charges_));
  BreakDown();
  message.Commit(-1, Soon());
  given_up.reset();
  EXPECT_EQ(ledger_.waiting(), 2);
  ComeBack();
  Settle(ledger_);
  EXPECT_EQ(Used(), 1);
}

TEST_F(LedgerOutage, CountsOnceWhatTheStoreTookWithoutSayingSo) {
  auto message = ledger_.Begin();
  EXPECT_TRUE(Fits(message, charges_));
  auto late = ledger_.Begin();
  server_.Freeze();
  message.Commit(-1, std::chrono::steady_clock::now() + 20ms);
  const auto outcome = late.Reserve(charges_, {}, std::chrono::steady_clock::now() + 20ms);
  EXPECT_TRUE(outcome.reserved);
  EXPECT_FALSE(outcome.shared);
  server_.Thaw();
  late.Commit(-1, Soon());
  Settle(ledger_);
  EXPECT_EQ(Used(), 2);
}

TEST_F(LedgerOutage, GivesBackWhatALateStoreReserved) {
  server_.Freeze();
  {
    auto message = ledger_.Begin();
    message.Reserve(charges_, {}, std::chrono::steady_clock::now() + 20ms);
  }
  server_.Thaw();
  Settle(ledger_);
  EXPECT_EQ(Used(), 0);
}

TEST_F(LedgerOutage, KeepsWhatFitsAndCountsTheRest) {
  Ledger ledger(*redis_, {.waiting_handovers = 3});
  BreakDown();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Sends(ledger, charges_));
  EXPECT_EQ(ledger.waiting(), 3);
  EXPECT_EQ(ledger.dropped(), 2);
  ComeBack();
  Settle(ledger);
  EXPECT_EQ(Used(), 3);
}

TEST_F(LedgerOutage, LetsNobodyThroughTwiceWhileRedisComesAndGoes) {
  const std::vector<SubjectCharges> charges{Of(kAlice, 60)};
  std::atomic<bool> done = false;
  std::atomic<int> sent = 0;
  std::vector<std::thread> senders;
  for (int i = 0; i < 8; ++i) {
    senders.emplace_back([&] {
      while (!done) sent += Sends(ledger_, charges) ? 1 : 0;
    });
  }
  BreakDown();
  ComeBack();
  ASSERT_TRUE(Eventually([&] { return sent >= 60; }));
  done = true;
  for (auto& sender : senders) sender.join();
  EXPECT_EQ(sent, 60);
  Settle(ledger_);
  EXPECT_EQ(Used(), sent);
}

// What only this host let through reaches the store once, whatever is lost on the way.
struct Loss {
  const char* name;
  int scripts;
  int answers;
};

class LedgerHandover : public testing::TestWithParam<Loss> {};

TEST_P(LedgerHandover, CountsOnceWhatOnlyThisHostKnew) {
  support::SwitchedStore store;
  Ledger ledger(store, {});
  const std::vector charges{Of(kAlice, 10)};
  store.away = true;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Sends(ledger, charges));
  store.scripts_to_lose = GetParam().scripts;
  store.answers_to_lose = GetParam().answers;
  store.away = false;
  ASSERT_TRUE(Eventually([&] {
    ledger.Flush();
    return ledger.waiting() == 0;
  }));
  Ledger other(store, {});
  auto message = other.Begin();
  EXPECT_EQ(message.Reserve(charges, {}, Soon()).charges[0][0].used, 3);
  EXPECT_EQ(ledger.dropped(), 0);
}

INSTANTIATE_TEST_SUITE_P(Ways, LedgerHandover,
                         testing::Values(Loss{"NothingIsLost", 0, 0}, Loss{"TheCallIsLost", 2, 0},
                                         Loss{"TheAnswerIsLost", 0, 2}, Loss{"BothAreLost", 4, 5}),
                         [](const auto& loss) { return loss.param.name; });

TEST_F(LedgerOutage, KnowsWhomItKnewWhileTheStoreIsAway) {
  std::vector<SubjectCharges> charges{Of(kAlice, 100)};
  charges[0].charges.push_back({"n1d", 24h, 1, 1, true, true});
  const auto to = [&](const std::string& recipient) {
    auto message = ledger_.Begin();
    const auto outcome = message.Reserve(charges, {kAlice, recipient}, Soon());
    if (outcome.reserved) message.Commit(-1, Soon());
    return outcome.reserved;
  };
  EXPECT_TRUE(to("a@example.net"));
  BreakDown();
  EXPECT_TRUE(to("a@example.net"));
  EXPECT_FALSE(to("b@example.net"));
}

}  // namespace
}  // namespace gatepost::limits
