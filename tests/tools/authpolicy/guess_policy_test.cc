// Facts about a login, and what is decided.
#include "tools/authpolicy/guess_policy.h"

namespace gatepost::authpolicy {
namespace {

using std::chrono::seconds;

constexpr Decision kAllow{};

Decision Delay(int time, Reason reason) { return {Decision::Kind::kDelay, seconds(time), reason}; }
Decision Reject(Reason reason) { return {Decision::Kind::kReject, seconds(0), reason}; }

GuessRules Rules() {
  GuessRules rules;
  rules.address = {3, 20};
  rules.network = {10, 50};
  rules.account = {5, 40};
  rules.max_delay = seconds(5);
  return rules;
}

TEST(GuessPolicyTest, DecidesFromTheGuessesThatAreRemembered) {
  const struct {
    const char* name;
    GuessCounts counts;  // account, place, address, network, known place
    Decision want;
  } cases[] = {
      {"nobody guessed", {}, kAllow},
      {"the free ones", {5, 3, 3, 10, false}, kAllow},
      {"the first that is not free", {4, 4, 4, 4, false}, Delay(1, Reason::kAddress)},
      {"the second", {5, 5, 5, 5, false}, Delay(2, Reason::kAddress)},
      {"the third", {6, 6, 6, 6, false}, Delay(4, Reason::kAddress)},
      {"no more than the longest", {7, 7, 7, 7, false}, Delay(5, Reason::kAddress)},
      {"a client beyond its bound", {20, 20, 20, 20, false}, Reject(Reason::kAddress)},
      {"many clients of a network", {0, 0, 1, 50, false}, Reject(Reason::kNetwork)},
      {"some clients of a network", {0, 0, 1, 12, false}, Delay(2, Reason::kNetwork)},
      {"an account guessed at from everywhere", {39, 0, 0, 0, false}, Delay(5, Reason::kAccount)},
      {"and beyond its bound", {40, 0, 0, 0, false}, Reject(Reason::kAccount)},
      {"its owner where he is known", {40, 0, 0, 0, true}, kAllow},
      {"where others guess at other accounts", {40, 0, 30, 60, true}, kAllow},
      {"and mistypes", {40, 4, 30, 60, true}, Delay(1, Reason::kPlace)},
      {"and guesses himself", {40, 20, 30, 60, true}, Reject(Reason::kPlace)},
      {"huge numbers", {1000, 0, 0, 0, true}, kAllow},
  };
  for (const auto& each : cases) EXPECT_EQ(Decide(Rules(), each.counts), each.want) << each.name;
}

TEST(GuessPolicyTest, ABoundOfZeroNeverRefuses) {
  GuessRules rules = Rules();
  rules.account.block = 0;
  EXPECT_EQ(Decide(rules, {1'000, 0, 0, 0, false}), Delay(5, Reason::kAccount));
}

TEST(GuessPolicyTest, ShadowDecidesAndOffDoesNot) {
  GuessRules rules = Rules();
  rules.mode = Mode::kShadow;
  EXPECT_EQ(Decide(rules, {0, 0, 20, 0, false}), Reject(Reason::kAddress));
  rules.mode = Mode::kOff;
  EXPECT_EQ(Decide(rules, {0, 0, 20, 0, false}), kAllow);
}

TEST(GuessPolicyTest, ALongestDelayOfZeroDelaysNobody) {
  GuessRules rules = Rules();
  rules.max_delay = seconds(0);
  EXPECT_EQ(Decide(rules, {10, 0, 10, 0, false}), kAllow);
}

}  // namespace
}  // namespace gatepost::authpolicy
