#include "milters/dmarc/greylist.h"

#include <array>
#include <chrono>
#include <memory>
#include <thread>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "common/store/resilient_store.h"
#include "common/store/script.h"
#include "tests/support/redis_server.h"

namespace gatepost::dmarc {
namespace {

using base::IpAddress;
using store::Key;
using store::KeyMaker;
using store::MemoryStore;
using store::RedisStore;
using support::RedisServer;
using namespace std::chrono_literals;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 20s; }

IpAddress Ip(std::string_view text) { return IpAddress::Parse(text).value(); }

using Recipients = std::vector<std::string>;

GreylistAnswer AskOf(const Greylist& greylist, std::string_view client, std::string_view sender,
                     const Recipients& recipients, base::Deadline deadline = Soon()) {
  return greylist.Ask({Ip(client), sender, recipients}, deadline);
}

std::string OutcomeOf(const Greylist& greylist, std::string_view client, std::string_view sender,
                      const Recipients& recipients) {
  return std::string(Name(AskOf(greylist, client, sender, recipients).outcome));
}

std::unique_ptr<RedisStore> OpenRedis(const std::string& url) {
  auto store = std::make_unique<RedisStore>(
      store::RedisOptions{*store::RedisAddress::Parse(url), {}, {10s, 10s, 1s, 20ms, 100ms}, {}});
  store->WaitForFirstState(Soon());
  return store;
}

// -- one suite for memory and Redis
// -----------------------------------------------------------------

struct InMemory {
  MemoryStore store{base::SystemClock::Instance()};
};

struct OnRedis {
  RedisServer server;
  std::unique_ptr<RedisStore> owner = OpenRedis(server.url());
  store::Store& store = *owner;
};

// The delay and the number of proofs are terms of each question, and not of what is remembered: so
// a question with other terms stands for one at another time.
template <class Backend>
class GreylistContract : public testing::Test {
 protected:
  static constexpr std::string_view kClient = "192.0.2.1";
  static constexpr std::string_view kSender = "eva@sender.example";

  std::string AskEarly(const Recipients& to, std::string_view sender = kSender,
                       std::string_view client = kClient) {
    return OutcomeOf(early_, client, sender, to);
  }
  // Once a millisecond has gone by since the first question.
  std::string AskLate(const Recipients& to, std::string_view sender = kSender,
                      std::string_view client = kClient) {
    const auto deadline = Soon();
    while (true) {
      const std::string outcome = OutcomeOf(late_, client, sender, to);
      if (outcome != "come_back" || std::chrono::steady_clock::now() > deadline) return outcome;
      std::this_thread::yield();
    }
  }
  store::Store& store() { return backend_.store; }

  const Recipients to_{"bob@example.org"};

 private:
  Backend backend_;
  Greylist early_{backend_.store, {.min_delay = 1h, .proofs_needed = 2}};
  Greylist late_{backend_.store, {.min_delay = 1ms, .proofs_needed = 2}};
};

struct BackendNames {
  template <class Backend>
  static std::string GetName(int) {
    return std::is_same_v<Backend, InMemory> ? "Memory" : "Redis";
  }
};

using Backends = testing::Types<InMemory, OnRedis>;
TYPED_TEST_SUITE(GreylistContract, Backends, BackendNames);

TYPED_TEST(GreylistContract, TheFirstTimeAMessageIsAskedToComeBackAndThenItPasses) {
  EXPECT_EQ(this->AskEarly(this->to_), "come_back");
  EXPECT_EQ(this->AskEarly(this->to_), "come_back") << "too early";
  EXPECT_EQ(this->AskLate(this->to_), "waited");
}

TYPED_TEST(GreylistContract, WhatPassedOnceIsNeverAskedAgain) {
  EXPECT_EQ(this->AskEarly(this->to_), "come_back");
  EXPECT_EQ(this->AskLate(this->to_), "waited");
  EXPECT_EQ(this->AskEarly(this->to_), "known");
  EXPECT_EQ(this->AskEarly(this->to_), "known") << "and is no further proof";
  EXPECT_EQ(this->AskEarly({"eve@example.org"}), "come_back");
}

TYPED_TEST(GreylistContract, ANetworkWithEnoughProofsPassesAtOnce) {
  for (const char* const to : {"a@example.org", "b@example.org"}) {
    EXPECT_EQ(this->AskEarly({to}), "come_back") << to;
    EXPECT_EQ(this->AskLate({to}), "waited") << to;
  }
  EXPECT_EQ(this->AskEarly({"c@example.org"}, "other@new.example"), "proven");
  EXPECT_EQ(this->AskEarly({"c@example.org"}, "other@new.example", "192.0.2.200"), "proven");
  EXPECT_EQ(this->AskEarly({"c@example.org"}, "other@new.example", "192.0.3.1"), "come_back");
}

TYPED_TEST(GreylistContract, EachSenderAndRecipientAndNetworkWaitsForItself) {
  EXPECT_EQ(this->AskEarly(this->to_), "come_back");
  EXPECT_EQ(this->AskLate(this->to_), "waited");
  EXPECT_EQ(this->AskEarly(this->to_, "eve@sender.example"), "come_back");
  EXPECT_EQ(this->AskEarly({"eve@example.org"}), "come_back");
  EXPECT_EQ(this->AskEarly(this->to_, this->kSender, "198.51.100.1"), "come_back");
  EXPECT_EQ(this->AskEarly(this->to_, this->kSender, "192.0.2.254"), "known") << "same /24";
}

TYPED_TEST(GreylistContract, SeveralRecipientsPassWhenAllHaveWaited) {
  const Recipients three{"a@example.org", "b@example.org", "c@example.org"};
  EXPECT_EQ(this->AskEarly({three[0]}), "come_back");
  EXPECT_EQ(this->AskLate({three[0]}), "waited");
  EXPECT_EQ(this->AskEarly(three), "come_back") << "one that passed does not help the others";
  EXPECT_EQ(this->AskEarly(three), "come_back");
  EXPECT_EQ(this->AskLate({three[2]}), "waited") << "the first attempt counted for each";
  EXPECT_EQ(this->AskEarly({"d@example.org"}), "proven") << "two messages, two proofs";
}

TYPED_TEST(GreylistContract, AMessageToManyRecipientsIsOneProof) {
  Recipients many;
  for (int i = 0; i < 200; ++i) many.push_back("user" + std::to_string(i) + "@example.org");
  EXPECT_EQ(this->AskEarly(many), "come_back");
  EXPECT_EQ(this->AskLate(many), "waited");
  EXPECT_EQ(this->AskEarly(many), "known");
  many.back() = "stranger@example.org";
  EXPECT_EQ(this->AskEarly(many), "come_back") << "recipients over the bound count together";
}

TYPED_TEST(GreylistContract, SpellingIsNoDifference) {
  EXPECT_EQ(this->AskEarly({"<Bob@Example.ORG>", "bob@example.org"}, "<EVA@sender.example>"),
            "come_back");
  EXPECT_EQ(this->AskLate({"bob@example.org"}, "eva@SENDER.example"), "waited");
  EXPECT_EQ(this->AskEarly(this->to_), "known");
}

TYPED_TEST(GreylistContract, TheNullSenderIsASender) {
  EXPECT_EQ(this->AskEarly(this->to_, ""), "come_back");
  EXPECT_EQ(this->AskLate(this->to_, "<>"), "waited");
  EXPECT_EQ(this->AskEarly(this->to_, ""), "known");
}

TYPED_TEST(GreylistContract, AnIPv6ClientStandsForItsNetworkOf64Bits) {
  EXPECT_EQ(this->AskEarly(this->to_, this->kSender, "2001:db8:1:2::1"), "come_back");
  EXPECT_EQ(this->AskLate(this->to_, this->kSender, "2001:db8:1:2:ffff::9"), "waited");
  EXPECT_EQ(this->AskEarly(this->to_, this->kSender, "2001:db8:1:2::77"), "known");
  EXPECT_EQ(this->AskEarly(this->to_, this->kSender, "2001:db8:1:3::1"), "come_back");
}

TYPED_TEST(GreylistContract, AnyBytesOfAnyLengthAreASenderAndARecipient) {
  const Recipients hostile{std::string(5'000, '}'), std::string("{\0\r\n:*\"\\\xff", 9),
                           std::string(300, 'a'), std::string(300, 'a') + "b"};
  const std::string sender(10'000, '{');
  EXPECT_EQ(this->AskEarly(hostile, sender), "come_back");
  EXPECT_EQ(this->AskLate(hostile, sender), "waited");
  EXPECT_EQ(this->AskEarly(hostile, sender), "known");
  EXPECT_EQ(this->AskEarly({std::string(300, 'a') + "c"}, sender), "come_back");
}

TYPED_TEST(GreylistContract, TheTimeLeftIsToldInSeconds) {
  const Greylist greylist(this->store(), {.min_delay = 60s});
  const auto first = AskOf(greylist, this->kClient, this->kSender, this->to_);
  EXPECT_EQ(first.left, 60s);
  EXPECT_FALSE(first.passes());
  const auto again = AskOf(greylist, this->kClient, this->kSender, this->to_);
  EXPECT_GE(again.left, 20s);
  EXPECT_LE(again.left, 60s);
}

TYPED_TEST(GreylistContract, WhoComesBackTooLateIsNew) {
  const Greylist brief(this->store(), {.min_delay = 1h, .retry_window = 20ms});
  const Greylist late(this->store(), {.min_delay = 1h - 1ms});
  EXPECT_EQ(OutcomeOf(brief, this->kClient, this->kSender, this->to_), "come_back");
  const Key key = KeyMaker::GreylistWait("192.0.2.0", this->kSender, this->to_[0]);
  const auto deadline = Soon();
  while (this->store().Get(key, Soon()).value() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(AskOf(late, this->kClient, this->kSender, this->to_).left, 3600s);
}

TYPED_TEST(GreylistContract, AProofIsForgottenInTheEnd) {
  const Greylist brief(this->store(), {.min_delay = 1ms, .proof_life = 20ms});
  const auto eventually = [&](std::string_view outcome) {
    const auto deadline = Soon();
    while (OutcomeOf(brief, this->kClient, this->kSender, this->to_) != outcome) {
      if (std::chrono::steady_clock::now() > deadline) return false;
    }
    return true;
  };
  EXPECT_TRUE(eventually("waited"));
  const Key proofs = KeyMaker::GreylistProofs("192.0.2.0");
  const auto deadline = Soon();
  while (this->store().Get(proofs, Soon()).value() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(this->AskEarly({"new@example.org"}), "come_back");
}

TYPED_TEST(GreylistContract, AClockThatWasSetBackMakesNobodyWaitLonger) {
  const Key key = KeyMaker::GreylistWait("192.0.2.0", this->kSender, this->to_[0]);
  ASSERT_TRUE(this->store().Set(key, "4102444800000", 1h, Soon()));  // in the year 2100
  EXPECT_EQ(this->AskEarly(this->to_), "come_back");
  EXPECT_EQ(this->AskLate(this->to_), "waited");
}

TYPED_TEST(GreylistContract, ForeignTextInTheStoreNeverHoldsMailBack) {
  const Key key = KeyMaker::GreylistWait("192.0.2.0", this->kSender, this->to_[0]);
  ASSERT_TRUE(this->store().Set(key, "word", 1h, Soon()));
  EXPECT_EQ(this->AskEarly(this->to_), "unavailable");
}

TYPED_TEST(GreylistContract, ManyThreadsMakeOneProof) {
  const Greylist greylist(this->store(), {.min_delay = 1ms, .proofs_needed = 1'000});
  std::array<int, 8> waited{};
  std::vector<std::thread> threads;
  for (int& count : waited) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        count += OutcomeOf(greylist, this->kClient, this->kSender, this->to_) == "waited";
      }
    });
  }
  for (auto& thread : threads) thread.join();
  int sum = 0;
  for (const int count : waited) sum += count;
  EXPECT_EQ(sum + (this->AskLate(this->to_) == "waited"), 1);
}

// -- by a clock that the test moves
// ------------------------------------------------------------------

class GreylistInTime : public testing::Test {
 protected:
  GreylistAnswer Ask(std::string to = "bob@example.org") {
    return AskOf(greylist_, "192.0.2.1", "eva@sender.example", {std::move(to)});
  }
  std::string Outcome(std::string to = "bob@example.org") {
    return std::string(Name(Ask(std::move(to)).outcome));
  }

  base::ManualClock clock_;
  MemoryStore store_{clock_};
  Greylist greylist_{store_, {}};
};

TEST_F(GreylistInTime, AnAttemptTooEarlyDoesNotBeginAnew) {
  EXPECT_EQ(Ask().left, 60s);
  clock_.Advance(40s);
  EXPECT_EQ(Ask().left, 20s);
  clock_.Advance(19'999ms);
  EXPECT_EQ(Ask().left, 1s) << "rounded up, so that who counts seconds is not early again";
  clock_.Advance(1ms);
  EXPECT_EQ(Outcome(), "waited");
}

TEST_F(GreylistInTime, AMessageMayComeBackForADay) {
  Ask();
  clock_.Advance(24h - 1ms);
  EXPECT_EQ(Outcome(), "waited");
}

TEST_F(GreylistInTime, AfterADayItIsNew) {
  Ask();
  clock_.Advance(24h);
  EXPECT_EQ(Ask().left, 60s);
}

TEST_F(GreylistInTime, AProofLives35DaysFromItsLastUse) {
  Ask();
  clock_.Advance(60s);
  EXPECT_EQ(Outcome(), "waited");
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(24h * 35 - 1ms);
    EXPECT_EQ(Outcome("new" + std::to_string(i) + "@example.org"), "proven");
  }
  clock_.Advance(24h * 35);
  EXPECT_EQ(Outcome("last@example.org"), "come_back");
}

TEST_F(GreylistInTime, TheLongestWaitOfAllRecipientsIsTold) {
  Ask("a@example.org");
  clock_.Advance(30s);
  const auto both =
      AskOf(greylist_, "192.0.2.1", "eva@sender.example", {"a@example.org", "b@example.org"});
  EXPECT_EQ(both.left, 60s);
}

TEST_F(GreylistInTime, WithoutAnAddressOrARecipientThereIsNothingToAsk) {
  const Recipients to{"bob@example.org"};
  EXPECT_TRUE(greylist_.Ask({IpAddress(), "eva@sender.example", to}, Soon()).passes());
  EXPECT_TRUE(greylist_.Ask({Ip("192.0.2.1"), "eva@sender.example", {}}, Soon()).passes());
  EXPECT_EQ(store_.size(), 0U);
}

// -- when the store is away
// --------------------------------------------------------------------------

TEST(Greylist, LetsMailPassWhileTheStoreIsAway) {
  RedisServer server;
  store::ResilientStore store(OpenRedis(server.url()),
                              std::make_unique<MemoryStore>(base::SystemClock::Instance()));
  const Greylist greylist(store, {});
  EXPECT_EQ(OutcomeOf(greylist, "192.0.2.1", "eva@sender.example", {"bob@example.org"}),
            "come_back");
  server.Kill();
  const auto deadline = Soon();
  while (store.health() == store::Health::kUp && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  const auto answer = AskOf(greylist, "192.0.2.1", "eva@sender.example", {"bob@example.org"});
  EXPECT_EQ(Name(answer.outcome), "unavailable");
  EXPECT_TRUE(answer.passes());
  EXPECT_EQ(answer.reason, "the store is away");
}

TEST(Greylist, LetsMailPassWhenTheStoreDoesNotAnswerInTime) {
  RedisServer server;
  const auto store = OpenRedis(server.url());
  const Greylist greylist(*store, {});
  server.Freeze();
  const auto answer = AskOf(greylist, "192.0.2.1", "eva@sender.example", {"bob@example.org"},
                            std::chrono::steady_clock::now() + 20ms);
  EXPECT_TRUE(answer.passes());
  EXPECT_NE(answer.reason, "");
  server.Thaw();
}

// The memory that stands in for a late server knows nobody.
TEST(Greylist, ALateServerIsNoReasonToAskAgainWhoPassedBefore) {
  RedisServer server;
  store::ResilientStore store(OpenRedis(server.url()),
                              std::make_unique<MemoryStore>(base::SystemClock::Instance()));
  const Greylist greylist(store, {});
  server.Freeze();
  const auto answer = AskOf(greylist, "192.0.2.1", "eva@sender.example", {"bob@example.org"},
                            std::chrono::steady_clock::now() + 20ms);
  EXPECT_EQ(store.health(), store::Health::kUp);
  EXPECT_EQ(Name(answer.outcome), "unavailable");
  server.Thaw();
}

// A message's keys live no longer than they must, on the server too.
TEST(Greylist, EveryKeyOnTheServerHasAnEnd) {
  RedisServer server;
  const auto store = OpenRedis(server.url());
  const Greylist greylist(*store, {.min_delay = 1ms});
  const auto seconds_left = [&](const Key& key) {
    const std::string reply = server.Command({"TTL", key.text()});
    return std::stol(reply.substr(1));
  };
  const Key wait = KeyMaker::GreylistWait("192.0.2.0", "eva@sender.example", "bob@example.org");
  const Key proofs = KeyMaker::GreylistProofs("192.0.2.0");
  const Greylist first(*store, {});
  EXPECT_EQ(OutcomeOf(first, "192.0.2.1", "eva@sender.example", {"bob@example.org"}), "come_back");
  EXPECT_NEAR(static_cast<double>(seconds_left(wait)), 86'400, 60);
  const auto deadline = Soon();
  while (OutcomeOf(greylist, "192.0.2.1", "eva@sender.example", {"bob@example.org"}) ==
             "come_back" &&
         std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_NEAR(static_cast<double>(seconds_left(wait)), 35 * 86'400, 60);
  EXPECT_NEAR(static_cast<double>(seconds_left(proofs)), 35 * 86'400, 60);
}

}  // namespace
}  // namespace gatepost::dmarc
