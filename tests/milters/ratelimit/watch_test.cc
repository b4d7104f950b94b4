// The steps of the watch, in Lua and in C++: the same numbers from both, and what they mean.
#include "milters/ratelimit/watch.h"

#include <random>

#include "common/limits/recipient_hash.h"
#include "common/store/keys.h"
#include "tests/common/store/script_peers.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSubject = "user alice@example.org";

Whereabouts At(std::string_view address, std::string_view country = "") {
  return Whereabouts::Of(*base::IpAddress::Parse(address), country);
}

TEST(WhereaboutsTest, TellsNetworksByTheirFirst24Or64Bits) {
  EXPECT_EQ(At("192.0.2.1").network, At("192.0.2.200").network);
  EXPECT_NE(At("192.0.2.1").address, At("192.0.2.200").address);
  EXPECT_NE(At("192.0.2.1").network, At("198.51.100.1").network);
  EXPECT_EQ(At("2001:db8::1").network, At("2001:db8::2:3").network);
  EXPECT_EQ(At("2001:db8::1").address, At("2001:db8::2:3").address);
  EXPECT_NE(At("2001:db8::1").network, At("2001:db8:0:1::1").network);
  EXPECT_EQ(At("::ffff:192.0.2.1"), At("192.0.2.1"));
}

TEST(WhereaboutsTest, LocalClientsAreNowhere) {
  EXPECT_EQ(At("127.0.0.1"), Whereabouts{});
  EXPECT_EQ(At("::1"), Whereabouts{});
  EXPECT_EQ(Whereabouts::Of({}, "DE"), Whereabouts{});
}

TEST(ReadSignalsTest, TakesNothingThatNoScriptReturns) {
  EXPECT_FALSE(ReadSignals(base::Fail(base::ErrorKind::kTimeout, "late")));
  EXPECT_FALSE(ReadSignals(std::vector<std::int64_t>{}));
  EXPECT_FALSE(ReadSignals(std::vector<std::int64_t>(21)));
  EXPECT_TRUE(ReadSignals(std::vector<std::int64_t>(20)));
  std::vector<std::int64_t> integers(20);
  integers[3] = -1;
  EXPECT_FALSE(ReadSignals(integers));
}

// The script on a real Redis and in memory, both at a time that the test sets: in the Lua text the
// server's clock is replaced by a key.
class Watched : public store::ScriptPeers {
 protected:
  void SetUp() override {
    ScriptPeers::SetUp();
    const std::string_view clock = "call('TIME')[1]";
    lua_ = std::string(store::scripts::kWatch.lua);
    lua_.replace(lua_.find(clock), clock.size(), "call('GET', '" + time_.text() + "')");
    const std::string loaded = server_.Command({"SCRIPT", "LOAD", lua_});  // "$40", line end, name
    sha1_ = loaded.substr(loaded.find('\n') + 1, 40);
    Advance(0s);
  }

  void Advance(std::chrono::seconds step) {
    clock_.Advance(step);
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.Wall().time_since_epoch());
    ASSERT_TRUE(redis_.Set(time_, std::to_string(now.count()), 10min, Soon()));
  }

  store::ScriptResult RunOn(store::Store& store, const WatchCall& call) {
    const store::Script script{lua_, sha1_, store::scripts::kWatch.in_memory};
    return store.Run(script, call.script().keys, call.script().arguments, Soon());
  }

  Signals OnBoth(const WatchCall& call) {
    const auto on_redis = RunOn(redis_, call);
    const auto in_memory = RunOn(remembered_, call);
    EXPECT_EQ(on_redis.value(), in_memory.value()) << testing::PrintToString(
        std::vector(call.script().arguments.begin(), call.script().arguments.end()));
    return ReadSignals(in_memory).value_or(Signals());
  }

  const store::Key time_ = store::KeyMaker::Probe();
  const store::Key key_ = store::KeyMaker::Watch(kSubject);
  base::ManualClock clock_{base::WallTime(1'700'000'000s)};
  store::MemoryStore remembered_{clock_};
  std::string lua_;
  std::string sha1_;
};

class RandomSteps {
 public:
  WatchCall Next() {
    const Whereabouts where = Where();
    switch (Upto(20)) {
      case 0:
        return WatchCall::Feedback(kSubject, Upto(3), Upto(1));
      case 1:
      case 2:
      case 3: {
        const auto recipients = Upto(300);
        return WatchCall::AtCommit(kSubject, where, {recipients, Upto(recipients), Upto(3) > 0});
      }
      default:
        return WatchCall::AtRecipient(kSubject, where, "r" + std::to_string(Upto(1'500)),
                                      Upto(10) == 0);
    }
  }

  std::chrono::seconds Pause() {
    constexpr std::int64_t kMost[] = {1, 60, 3'000, 8'000, 100'000, 1'000'000};
    return std::chrono::seconds(Upto(kMost[Upto(5)]));
  }

 private:
  std::int64_t Upto(std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random_);
  }
  Whereabouts Where() {
    if (Upto(10) == 0) return {};
    return At("192.0." + std::to_string(Upto(12)) + "." + std::to_string(Upto(2)),
              std::vector<std::string_view>{"", "DE", "FR", "IT", "ES",
                                            "PT"}[static_cast<std::size_t>(Upto(5))]);
  }

  std::mt19937 random_{4};
};

TEST_F(Watched, ComputesTheSameInLuaAndInCpp) {
  RandomSteps steps;
  for (int i = 0; i < 1'200; ++i) {
    OnBoth(steps.Next());
    if (i % 3 == 0) Advance(steps.Pause());
  }
  OnBoth(WatchCall::Forgive(kSubject));
  for (int i = 0; i < 20; ++i) OnBoth(steps.Next());
}

TEST_F(Watched, ComputesTheSameForABusyAccount) {
  for (int i = 0; i < 1'000; ++i) {
    OnBoth(WatchCall::AtRecipient(kSubject, {}, std::to_string(i), false));
    if (i % 8 == 0) OnBoth(WatchCall::AtCommit(kSubject, {}, {30, 10, true}));
    if (i % 400 == 0) Advance(1h);
  }
}

TEST_F(Watched, SeesWhoIsNewByTheKnownRecipients) {
  const auto hash = std::to_string(limits::RecipientHash("bob@example.net"));
  server_.Command({"SADD", store::KeyMaker::KnownRecipients(kSubject).text(), hash});
  const auto at = At("192.0.2.1");
  const auto bob = WatchCall::AtRecipient(kSubject, at, "bob@example.net", false);
  EXPECT_FALSE(ReadSignals(RunOn(redis_, bob))->new_recipient);
  const auto eve = WatchCall::AtRecipient(kSubject, at, "eve@example.net", true);
  const auto signals = ReadSignals(RunOn(redis_, eve));
  EXPECT_TRUE(signals->new_recipient);
  EXPECT_EQ(signals->recipients, 2);
  EXPECT_EQ(signals->new_recipients, 1);
  EXPECT_EQ(signals->unknown_recipients, 1);
}

TEST_F(Watched, LearnsFromAnHourOnlyTwiceOfWhatWas) {
  OnBoth(WatchCall::AtCommit(kSubject, {}, {5'000, 0, true}));
  Advance(1h);
  EXPECT_EQ(OnBoth(WatchCall::Feedback(kSubject, 0, 0)).peak_recipients, 20);
  OnBoth(WatchCall::AtCommit(kSubject, {}, {5'000, 0, true}));
  Advance(1h);
  EXPECT_EQ(OnBoth(WatchCall::Feedback(kSubject, 0, 0)).peak_recipients, 40);
  OnBoth(WatchCall::AtCommit(kSubject, {}, {5'000, 0, false}));
  Advance(1h);
  EXPECT_EQ(OnBoth(WatchCall::Feedback(kSubject, 0, 0)).peak_recipients, 40);
}

TEST_F(Watched, ABurstAcrossTheHourIsOne) {
  Advance(std::chrono::seconds(3'600 - 1'700'000'000 % 3'600 - 60));
  for (int i = 0; i < 40; ++i) {
    OnBoth(WatchCall::AtRecipient(kSubject, {}, std::to_string(i), false));
    Advance(3s);
  }
  EXPECT_GE(OnBoth(WatchCall::Feedback(kSubject, 0, 0)).recipients, 38);
  Advance(2h);
  EXPECT_EQ(OnBoth(WatchCall::Feedback(kSubject, 0, 0)).recipients, 0);
}

TEST_F(Watched, ANetworkIsFamiliarADayAfterAcceptedMail) {
  const auto ask = WatchCall::AtRecipient(kSubject, At("192.0.2.1", "DE"), "a@b", false);
  EXPECT_EQ(OnBoth(ask).unfamiliar_networks, 1);
  Advance(48h);
  EXPECT_EQ(OnBoth(ask).unfamiliar_networks, 1) << "nothing was accepted from there";
  OnBoth(WatchCall::AtCommit(kSubject, At("192.0.2.9", "DE"), {1, 1, true}));
  Advance(23h);
  EXPECT_EQ(OnBoth(ask).unfamiliar_countries, 1);
  Advance(1h);
  EXPECT_EQ(OnBoth(ask).unfamiliar_networks + OnBoth(ask).unfamiliar_countries, 0);
  EXPECT_EQ(OnBoth(ask).networks, 1);
}

TEST_F(Watched, CountsTheLatestAddressesHoweverManyTheAccountUsedBefore) {
  for (int i = 0; i < 30; ++i) {
    OnBoth(WatchCall::AtCommit(kSubject, At("192.0.2." + std::to_string(i)), {1, 1, true}));
    Advance(2h);
  }
  Signals signals;
  for (int i = 0; i < 6; ++i) {
    const auto from = At("198.51.100." + std::to_string(i));
    signals = OnBoth(WatchCall::AtRecipient(kSubject, from, "a@b", false));
  }
  EXPECT_EQ(signals.addresses, 6);
  EXPECT_EQ(signals.networks, 1);
}

TEST_F(Watched, AnAttackersNetworksDoNotDriveOutFamiliarOnes) {
  OnBoth(WatchCall::AtCommit(kSubject, At("192.0.2.1"), {1, 1, true}));
  Advance(48h);
  for (int i = 0; i < 100; ++i) {
    const auto from = At("198.18." + std::to_string(i) + ".1");
    OnBoth(WatchCall::AtRecipient(kSubject, from, "a@b", false));
  }
  Advance(2h);
  const auto home = WatchCall::AtRecipient(kSubject, At("192.0.2.1"), "a@b", false);
  EXPECT_EQ(OnBoth(home).unfamiliar_networks, 0);
}

TEST_F(Watched, ForgivenIsForgotten) {
  for (int i = 0; i < 40; ++i) {
    OnBoth(WatchCall::AtRecipient(kSubject, At("192.0.2.1"), std::to_string(i), true));
  }
  OnBoth(WatchCall::Feedback(kSubject, 3, 2));
  const Signals signals = OnBoth(WatchCall::Forgive(kSubject));
  EXPECT_EQ(signals.recipients + signals.new_recipients + signals.unknown_recipients, 0);
  EXPECT_EQ(signals.unfamiliar_networks + signals.bounces + signals.complaints, 0);
}

TEST_F(Watched, CountsARecipientOnceAnHour) {
  for (int i = 0; i < 30; ++i) {
    const auto name = "r" + std::to_string(i % 3) + "@example.net";
    OnBoth(WatchCall::AtRecipient(kSubject, {}, name, false));
  }
  EXPECT_EQ(OnBoth(WatchCall::Feedback(kSubject, 0, 0)).recipients, 3);
}

TEST_F(Watched, CountsManyRecipientsAboutRight) {
  for (const int count : {100, 1'000}) {
    OnBoth(WatchCall::Forgive(kSubject));
    for (int i = 0; i < count; ++i) {
      OnBoth(WatchCall::AtRecipient(kSubject, {}, std::to_string(i) + "@example.net", false));
    }
    const auto counted = OnBoth(WatchCall::Feedback(kSubject, 0, 0)).recipients;
    EXPECT_NEAR(static_cast<double>(counted), count, count / 10.0);
  }
}

TEST_F(Watched, KeepsWhatTakesLittleSpaceForAWhile) {
  RandomSteps steps;
  for (int i = 0; i < 1'000; ++i) RunOn(redis_, steps.Next());
  EXPECT_LT(redis_.Get(key_, Soon()).value()->size(), 500U);
  EXPECT_GT(RemainingMilliseconds(key_), 59LL * 86'400'000);
}

TEST_F(Watched, BeginsAnewWhereItDidNotWriteWhatIsThere) {
  const auto call = WatchCall::AtRecipient(kSubject, {}, "a@b", false);
  for (const char* const text : {"word", "\x93\x02\x01\x01", "\x93\x01\x01\x01", ""}) {
    ASSERT_TRUE(redis_.Set(key_, text, 1min, Soon()));
    ASSERT_TRUE(remembered_.Set(key_, text, 1min, Soon()));
    EXPECT_EQ(OnBoth(call).recipients, 1);
  }
}

// What an account with two weeks behind it has in the store.
constexpr const char* kSettled = R"lua(
  local now = tonumber(redis.call('TIME')[1])
  redis.call('SET', KEYS[1], cmsgpack.pack({1, math.floor(now / 3600), 0, 0, 0, 0, 0, 0, '', '',
    0, 0, 0, 3000, 8000, 60, 200, 20, math.floor(now / 86400), 0, 0, 0, 0, 0, 0, 0, 40000,
    string.rep('\12', 24), 288, {}, {}, {}}))
)lua";

TEST_F(Watched, ABurstOverTwoHostsIsStoppedOnBoth) {
  const std::string reply = server_.Command({"EVAL", kSettled, "1", key_.text()});
  ASSERT_EQ(reply.substr(0, 1), "$") << reply;  // null
  store::RedisStore other{store::RedisOptions{
      *store::RedisAddress::Parse(server_.url()),
      {},
      {std::chrono::seconds(10), std::chrono::seconds(10), std::chrono::seconds(1),
       std::chrono::milliseconds(20), std::chrono::milliseconds(100)},
      {}}};
  other.WaitForFirstState(Soon());
  int passed = 0;
  Assessment assessment;
  while (assessment.step != Step::kSuspend && passed < 200) {
    store::Store& host = passed % 2 == 0 ? static_cast<store::Store&>(redis_) : other;
    const auto from = At("198.51." + std::to_string(passed % 5) + ".1");
    const auto call =
        WatchCall::AtRecipient(kSubject, from, std::to_string(passed) + "@example.net", false);
    const auto script = call.script();
    const auto signals =
        ReadSignals(host.Run(script.script, script.keys, script.arguments, Soon()));
    assessment = Assess({}, signals.value(), {});
    ++passed;
  }
  EXPECT_LE(passed, 60) << assessment.Evidence();
}

}  // namespace
}  // namespace gatepost::ratelimit
