#include "common/store/decaying_weights.h"

#include <cmath>

namespace gatepost::store {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::seconds kWeek = 168h;

TEST(DecayingWeights, HalveAtEachHalfLife) {
  for (const int half_lives : {0, 1, 2, 5}) {
    DecayingWeights weights{64'000, 32'000, 1'000};
    weights.Decay(1'000 + half_lives * kWeek.count(), kWeek);
    EXPECT_EQ(weights.good, 64'000 >> half_lives);
    EXPECT_EQ(weights.bad, 32'000 >> half_lives);
  }
}

TEST(DecayingWeights, FollowTheExponentialBetween) {
  for (int hour = 0; hour < 168; ++hour) {
    DecayingWeights weights{DecayingWeights::kMost, 0, 0};
    weights.Decay(hour * 3'600, kWeek);
    const double want = 1e9 * std::exp2(-static_cast<double>(weights.at) / 604'800.0);
    EXPECT_NEAR(static_cast<double>(weights.good), want, 2'000) << hour;  // two millionths
  }
}

TEST(DecayingWeights, ManySmallStepsDecayAsOneLargeOne) {
  DecayingWeights often{100'000, 0, 0};
  for (int second = 0; second <= kWeek.count(); second += 97) often.Decay(second, kWeek);
  EXPECT_NEAR(static_cast<double>(often.good), 50'000, 300);
}

TEST(DecayingWeights, TimeThatIsNoWholeStepIsKeptForTheNext) {
  DecayingWeights weights{1'000, 0, 1'000};
  weights.Decay(1'000 + 2'361, kWeek);  // a step is 2,362.5 seconds
  EXPECT_EQ(weights, (DecayingWeights{1'000, 0, 1'000}));
  weights.Decay(1'000 + 2'363, kWeek);
  EXPECT_EQ(weights, (DecayingWeights{997, 0, 3'363}));
}

TEST(DecayingWeights, AClockThatWentBackChangesNothing) {
  DecayingWeights weights{1'000, 2'000, 5'000'000};
  weights.Decay(1'000, kWeek);
  EXPECT_EQ(weights, (DecayingWeights{1'000, 2'000, 5'000'000}));
}

TEST(DecayingWeights, AgesBeyondAllBoundsLeaveNothing) {
  DecayingWeights weights{DecayingWeights::kMost, DecayingWeights::kMost, 0};
  weights.Decay(99'999'999'999, 1s);
  EXPECT_EQ(weights.good, 0);
  EXPECT_EQ(weights.bad, 0);
}

TEST(DecayingWeights, KeepTheirRatioAtTheBound) {
  DecayingWeights weights{DecayingWeights::kMost, 100'000'000, 0};
  weights.Add(1'000, 0);
  EXPECT_EQ(weights, (DecayingWeights{500'000'500, 50'000'000, 0}));
  weights.Add(INT64_MAX, -5);
  EXPECT_EQ(weights, (DecayingWeights{750'000'250, 25'000'000, 0}));
}

TEST(DecayingWeights, AreKeptUntilLittleIsLeft) {
  EXPECT_EQ((DecayingWeights{0, 0, 0}.TimeToLive(kWeek)), kWeek);
  EXPECT_EQ((DecayingWeights{1'000, 0, 0}.TimeToLive(kWeek)), kWeek * 5);
  EXPECT_EQ((DecayingWeights{1'000, 1'000, 0}.TimeToLive(kWeek)), kWeek * 6);
  EXPECT_EQ((DecayingWeights{DecayingWeights::kMost, 0, 0}.TimeToLive(kWeek)), kWeek * 10);
}

TEST(DecayingWeights, AreReadAsTheyWereWritten) {
  const DecayingWeights weights{12'000, 3'400, 1'700'000'000};
  EXPECT_EQ(weights.Format(), "12000 3400 1700000000");
  EXPECT_EQ(DecayingWeights::Parse(weights.Format()), weights);
}

TEST(DecayingWeights, WhatWasNotWrittenSoIsNotRead) {
  for (const std::string text :
       {"", "1 2", "1 2 3 4", "1 2 -3", "1  2 3", " 1 2 3", "1 2 3 ", "a b c", "1000000001 0 0",
        "0 1000000001 0", "000000000001 0 0", "1.5 2 3", "1 2 100000000000"}) {
    EXPECT_EQ(DecayingWeights::Parse(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecayingWeights::Parse(std::string(1'000'000, ' ')), std::nullopt);
}

}  // namespace
}  // namespace gatepost::store
