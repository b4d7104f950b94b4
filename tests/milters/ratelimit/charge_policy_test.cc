#include "milters/ratelimit/charge_policy.h"

#include <chrono>
#include <deque>

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using limits::Charges;
using limits::Limit;
using limits::Outcome;

class ChargePolicyTest : public testing::Test {
 protected:
  // A charge of one subject for this limit, as it applies here.
  void Add(const std::string& subject, std::string_view line, std::int64_t amount) {
    const Limit& limit = limits_.emplace_back(Limit::Parse(line).value());
    charges_.subjects.push_back(
        {subject, {{limit.slot(), limit.window, amount, 1, limit.mode == limits::Mode::kEnforce}}});
    charges_.limits.push_back({&limit});
  }

  std::deque<Limit> limits_;
  Charges charges_;
};

TEST_F(ChargePolicyTest, TheLimitThatTakesLongestIsTold) {
  Add("user a", "10 messages / minute by user", 10);
  Add("client c", "50 messages / hour by client", 50);
  Add("user a", "90 messages / day by user mode=shadow", 90);
  Outcome outcome;
  outcome.charges = {{{10, 30s, 0}}, {{50, 20min, 0}}, {{90, 5h, 0}}};
  const auto longest = FindLongestShortage(charges_, outcome);
  ASSERT_TRUE(longest);
  EXPECT_EQ(longest->subject, "client c");
  EXPECT_EQ(longest->shortage.outcome.room_in, 20min);
}

TEST_F(ChargePolicyTest, WhatNeverFitsIsToldBeforeAllElse) {
  Add("user a", "10 bytes / day by user", 10);
  Add("client c", "50 messages / hour by client", 50);
  Outcome outcome;
  outcome.charges = {{{0, -1ms, 0}}, {{50, 20min, 0}}};
  EXPECT_EQ(FindLongestShortage(charges_, outcome)->subject, "user a");
}

TEST_F(ChargePolicyTest, NothingIsToldWhereAllFits) {
  Add("user a", "10 messages / minute by user", 10);
  Outcome outcome;
  outcome.charges = {{{3, 0ms, 0}}};
  EXPECT_FALSE(FindLongestShortage(charges_, outcome));
}

TEST_F(ChargePolicyTest, AnAccountLikeAllOthersHasNoRaisedLimit) {
  Add("user a", "100 recipients / hour by user", 100);
  Add("user a", "500 recipients / day by user", 500);
  EXPECT_EQ(RaisedHourlyLimit(charges_), 0);
}

TEST_F(ChargePolicyTest, ARaisedLimitIsWhatPassesInAnHourByAllOfThem) {
  Add("user a", "20 recipients / minute by user", 20);
  Add("user a", "100 recipients / hour by user", 5'000);
  Add("user a", "500 recipients / day by user", 20'000);
  Add("client c", "10 recipients / hour by client", 10);
  EXPECT_EQ(RaisedHourlyLimit(charges_), 1'200);
}

TEST_F(ChargePolicyTest, UnlimitedIsTenTimesWhatOthersMaySendSoThatTheDetectorStaysAwake) {
  Add("user a", "100 recipients / hour by user", limits::kUnlimited);
  EXPECT_EQ(RaisedHourlyLimit(charges_), 1'000);
}

TEST_F(ChargePolicyTest, AThrottleJoinsTheAccountsOtherCharges) {
  const Limit throttle = Limit::Parse("2 messages / minute by user name=throttle").value();
  Add("user a", "100 recipients / hour by user", 100);
  AddThrottle(throttle, "user a", charges_);
  ASSERT_EQ(charges_.subjects.size(), 1U);
  EXPECT_EQ(charges_.subjects[0].charges.size(), 2U);
  EXPECT_EQ(charges_.limits[0][1], &throttle);
  AddThrottle(throttle, "user b", charges_);
  EXPECT_EQ(charges_.subjects.back().subject, "user b");
}

}  // namespace
}  // namespace gatepost::ratelimit
