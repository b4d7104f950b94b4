// reputation_add.lua and its C++ form.
#include <optional>
#include <random>

#include "common/store/decaying_weights.h"
#include "common/store/keys.h"
#include "tests/common/store/script_peers.h"

namespace gatepost::store {
namespace {

using Numbers = std::vector<std::int64_t>;
using namespace std::chrono_literals;

std::int64_t UnixSeconds() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())
      .time_since_epoch()
      .count();
}

struct Round {
  std::string present;
  std::array<std::string, 3> arguments;
};

class ReputationScript : public ScriptPeers {
 protected:
  Numbers RunOn(Store& store, const Round& round) {
    if (!round.present.empty()) {
      EXPECT_TRUE(store.Set(key_, round.present, 1min, Soon()));
    }
    return store.Run(scripts::kReputationAdd, {&key_, 1}, round.arguments, Soon()).value();
  }

  // False where a new second began meanwhile, so that the two may differ.
  bool Compare(const Round& round) {
    const auto before = UnixSeconds();
    EXPECT_TRUE(redis_.Erase(key_, Soon()));
    EXPECT_TRUE(memory_.Erase(key_, Soon()));
    const auto on_redis = RunOn(redis_, round);
    const auto in_memory = RunOn(memory_, round);
    if (UnixSeconds() != before) return false;
    EXPECT_EQ(on_redis, in_memory) << round.present << " + " << round.arguments[0] << " "
                                   << round.arguments[1] << " " << round.arguments[2];
    EXPECT_EQ(redis_.Get(key_, Soon()).value(), memory_.Get(key_, Soon()).value());
    return true;
  }

  const Key key_ = KeyMaker::Reputation("ip 192.0.2.1");
};

class RandomRounds {
 public:
  Round Next() {
    const std::int64_t half_life = Pick({1, 100, 256, 1'000, 86'400, 604'800, 315'360'000});
    const std::int64_t age = Upto(12 * half_life) - Upto(half_life);
    const DecayingWeights weights{Weight(), Weight(),
                                  std::max<std::int64_t>(0, UnixSeconds() - age)};
    return {Upto(10) == 0 ? "" : weights.Format(),
            {std::to_string(Weight()), std::to_string(Weight()), std::to_string(half_life)}};
  }

 private:
  std::int64_t Upto(std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random_);
  }
  std::int64_t Pick(const std::vector<std::int64_t>& values) {
    return values[static_cast<std::size_t>(Upto(static_cast<std::int64_t>(values.size()) - 1))];
  }
  std::int64_t Weight() { return Upto(Pick({0, 10, 1'000, 100'000, DecayingWeights::kMost})); }

  std::mt19937 random_{20'260'101};
};

TEST_F(ReputationScript, ComputesTheSameDigitsInLuaAndInCpp) {
  RandomRounds rounds;
  int compared = 0;
  for (int i = 0; i < 1'000; ++i) compared += Compare(rounds.Next()) ? 1 : 0;
  EXPECT_GT(compared, 500);
}

TEST_F(ReputationScript, TakesWhatItDidNotWriteForNothing) {
  for (const std::string present :
       {"word", "1 2", "1 2 3 4", "-1 2 3", "1.5 2 3", "99999999999 1 1", "000000000001 0 0",
        "1000000001 0 1", "0 1000000001 1", "1 2 100000000000", "1 2 3\n", " 1 2 3"}) {
    while (!Compare({present, {"5", "7", "604800"}})) continue;
    EXPECT_EQ(redis_.Get(key_, Soon()).value()->substr(0, 4), "5 7 ") << present;
  }
}

TEST_F(ReputationScript, AddsUpAndDecaysByTheServersTime) {
  while (
      !Compare({"8000 4000 " + std::to_string(UnixSeconds() - 604'800), {"1000", "0", "604800"}}))
    continue;
  EXPECT_EQ(redis_.Get(key_, Soon()).value()->substr(0, 10), "5000 2000 ");
}

TEST_F(ReputationScript, LivesUntilLittleIsLeft) {
  for (const std::int64_t good : {50, 1'000, 100'000, 900'000'000}) {
    RunOn(redis_, {"0 0 " + std::to_string(UnixSeconds()), {std::to_string(good), "0", "604800"}});
    const auto want = DecayingWeights{good, 0, 0}.TimeToLive(604'800s);
    EXPECT_NEAR(static_cast<double>(RemainingMilliseconds(key_)),
                static_cast<double>(want.count()) * 1'000, 20'000);
  }
}

TEST_F(ReputationScript, AKeyOfAnotherTypeIsAnError) {
  for (Store* const store : {static_cast<Store*>(&redis_), static_cast<Store*>(&memory_)}) {
    ASSERT_TRUE(store->SetField(key_, "a", "b", Soon()));
    const std::array<std::string, 3> arguments{"1", "0", "604800"};
    EXPECT_EQ(store->Run(scripts::kReputationAdd, {&key_, 1}, arguments, Soon()).error().kind,
              base::ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace gatepost::store
