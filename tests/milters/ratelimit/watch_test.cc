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

// Steps at random on a memory store and a real Redis. The clocks are the same, so where the minute
// (or the second of what fades) changes in between, that step proves nothing.
class Watched : public store::ScriptPeers {
 protected:
  static std::int64_t UnixSeconds() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())
        .time_since_epoch()
        .count();
  }

  base::Result<Signals> RunOn(store::Store& store, const WatchCall& call) {
    const auto script = call.script();
    return ReadSignals(store.Run(script.script, script.keys, script.arguments, Soon()));
  }

  Signals OnRedis(const WatchCall& call) { return RunOn(redis_, call).value(); }

  Signals OnBoth(const WatchCall& call) {
    const auto before = UnixSeconds();
    const auto on_redis = RunOn(redis_, call);
    const auto in_memory = RunOn(memory_, call);
    EXPECT_TRUE(on_redis) << on_redis.error().message;
    if (UnixSeconds() == before) {
      EXPECT_EQ(on_redis.value(), in_memory.value()) << testing::PrintToString(
          std::vector(call.script().arguments.begin(), call.script().arguments.end()));
    }
    return in_memory.value();
  }
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
  for (int i = 0; i < 1'500; ++i) OnBoth(steps.Next());
  OnBoth(WatchCall::Forgive(kSubject));
  for (int i = 0; i < 20; ++i) OnBoth(steps.Next());
}

TEST_F(Watched, SeesWhoIsNewByTheKnownRecipients) {
  const auto hash = std::to_string(limits::RecipientHash("bob@example.net"));
  server_.Command({"SADD", store::KeyMaker::KnownRecipients(kSubject).text(), hash});
  const auto at = At("192.0.2.1");
  EXPECT_FALSE(
      OnRedis(WatchCall::AtRecipient(kSubject, at, "bob@example.net", false)).new_recipient);
  const Signals signals = OnRedis(WatchCall::AtRecipient(kSubject, at, "eve@example.net", true));
  EXPECT_TRUE(signals.new_recipient);
  EXPECT_EQ(signals.recipients, 2);
  EXPECT_EQ(signals.new_recipients, 1);
  EXPECT_EQ(signals.unknown_recipients, 1);
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

TEST_F(Watched, KeepsWhatIsWorthLittleSpaceForAWhile) {
  RandomSteps steps;
  for (int i = 0; i < 2'000; ++i) OnRedis(steps.Next());
  const store::Key key = store::KeyMaker::Watch(kSubject);
  EXPECT_LT(redis_.Get(key, Soon()).value()->size(), 500U);
  EXPECT_GT(RemainingMilliseconds(key), 59LL * 86'400'000);
}

TEST_F(Watched, BeginsAnewWhereItDidNotWriteWhatIsThere) {
  const store::Key key = store::KeyMaker::Watch(kSubject);
  for (const std::string& text : {std::string("word"), std::string("\x93\x02\x01\x01"),
                                  std::string("\x93\x01\x01\x01"), std::string()}) {
    for (store::Store* const store :
         {static_cast<store::Store*>(&redis_), static_cast<store::Store*>(&memory_)}) {
      ASSERT_TRUE(store->Set(key, text, 1min, Soon()));
      const auto signals = RunOn(*store, WatchCall::AtRecipient(kSubject, {}, "a@b", false));
      EXPECT_EQ(signals.value().recipients, 1);
    }
  }
}

}  // namespace
}  // namespace gatepost::ratelimit
