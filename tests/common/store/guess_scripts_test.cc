// guess_*.lua and their C++ forms.
#include <random>

#include "common/store/keys.h"
#include "tests/common/store/script_peers.h"

namespace gatepost::store {
namespace {

using Numbers = std::vector<std::int64_t>;

class GuessScripts : public ScriptPeers {
 protected:
  // Runs on both, expects the same of both, and the same contents afterwards.
  Numbers RunOnBoth(const Script& script, std::vector<Key> keys,
                    const std::vector<std::string>& arguments) {
    const auto on_redis = redis_.Run(script, keys, arguments, Soon()).value();
    EXPECT_EQ(memory_.Run(script, keys, arguments, Soon()).value(), on_redis);
    for (const Key& key : keys) {
      EXPECT_EQ(memory_.GetFields(key, Soon()).value(), redis_.GetFields(key, Soon()).value());
    }
    return on_redis;
  }

  Numbers Add(const std::string& guess, int most = 9) {
    return RunOnBoth(scripts::kGuessAdd, {account_, place_},
                     {guess, std::to_string(most), "60000", "3", "600000", "60000", "9", "9"});
  }
  Numbers Count() { return RunOnBoth(scripts::kGuessCount, {account_, place_, known_}, {}); }

  const Key account_ = KeyMaker::Guesses("user a@example.org");
  const Key place_ = KeyMaker::PlaceGuesses("user a@example.org", "192.0.2.0/24");
  const Key known_ = KeyMaker::KnownPlace("user a@example.org", "192.0.2.0/24");
  const Key address_ = KeyMaker::Guesses("ip 192.0.2.1");
};

TEST_F(GuessScripts, AGuessCountsOnceHoweverOftenItIsRepeated) {
  EXPECT_EQ(Add("0469"), (Numbers{1, 1, 1, 1}));
  EXPECT_EQ(Add("0469"), (Numbers{1, 0, 1, 0}));
  EXPECT_EQ(Add("0470"), (Numbers{2, 1, 2, 1}));
  EXPECT_EQ(Count(), (Numbers{2, 2, 0}));
}

TEST_F(GuessScripts, ASetLivesFromItsFirstGuessOnAndLongerWhenItBlocks) {
  Add("a");
  const auto life = RemainingMilliseconds(account_);
  EXPECT_GT(life, 0);
  EXPECT_LE(life, 60'000);
  Add("b");
  EXPECT_LE(RemainingMilliseconds(account_), life);
  Add("c");
  EXPECT_GT(RemainingMilliseconds(account_), 60'000);
  EXPECT_LE(RemainingMilliseconds(place_), 60'000);
}

TEST_F(GuessScripts, AFullSetTakesNoMore) {
  EXPECT_EQ(Add("a", 1), (Numbers{1, 1, 1, 1}));
  EXPECT_EQ(Add("b", 1), (Numbers{1, 0, 1, 0}));
}

TEST_F(GuessScripts, ASuccessForgetsWhatItsPlaceGuessedAndRemembersThePlace) {
  Add("a");
  RunOnBoth(scripts::kGuessAdd, {account_}, {"b", "9", "60000", "3", "600000"});
  EXPECT_EQ(RunOnBoth(scripts::kGuessForgive, {account_, place_, known_}, {"", "90000"}),
            (Numbers{1}));
  EXPECT_EQ(Count(), (Numbers{1, 0, 1}));
  EXPECT_GT(RemainingMilliseconds(known_), 60'000);
  EXPECT_EQ(RunOnBoth(scripts::kGuessForgive, {account_, place_, known_}, {"", "90000"}),
            (Numbers{0}));
}

TEST_F(GuessScripts, ASuccessForgetsOneAccountsGuessesFromAnAddress) {
  for (const char* guess : {"aa:1", "aa:2", "ab:1"}) {
    RunOnBoth(scripts::kGuessAdd, {address_}, {guess, "9", "60000", "9", "600000"});
  }
  EXPECT_EQ(RunOnBoth(scripts::kGuessForgive, {address_}, {"aa:", "1"}), (Numbers{2}));
  EXPECT_EQ(RunOnBoth(scripts::kGuessCount, {address_}, {}), (Numbers{1}));
  EXPECT_EQ(RunOnBoth(scripts::kGuessForgive, {address_}, {"ab:", "1"}), (Numbers{1}));
  EXPECT_EQ(RunOnBoth(scripts::kGuessCount, {address_}, {}), (Numbers{0}));
}

TEST_F(GuessScripts, BothStoresAgreeOnRandomCourses) {
  std::mt19937 random(7);
  for (int i = 0; i < 400; ++i) {
    switch (random() % 8) {
      case 0:
        RunOnBoth(scripts::kGuessForgive, {account_, place_, known_}, {"", "60000"});
        break;
      case 1:
        Count();
        break;
      default:
        Add(std::to_string(random() % 12), 8);
    }
  }
}

}  // namespace
}  // namespace gatepost::store
