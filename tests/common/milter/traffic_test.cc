#include "common/milter/traffic.h"

namespace gatepost::milter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::SteadyTime kStart{std::chrono::hours(1)};

TEST(Traffic, IsDrainedAtOnceWhenNothingRuns) {
  Traffic traffic;
  traffic.SessionOpened();
  traffic.BeginDrain(kStart);
  EXPECT_TRUE(traffic.Drained(kStart));
}

TEST(Traffic, WaitsForTheMessageThatWasUnderWay) {
  Traffic traffic;
  const bool latecomer = traffic.MessageBegan();
  EXPECT_FALSE(latecomer);
  traffic.BeginDrain(kStart);
  EXPECT_FALSE(traffic.Drained(kStart + seconds(1000)));
  traffic.MessageEnded(latecomer, kStart + seconds(1000));
  EXPECT_TRUE(traffic.Drained(kStart + seconds(1001)));
}

TEST(Traffic, LetsTheLastReplyLeave) {
  Traffic traffic;
  traffic.MessageEnded(traffic.MessageBegan(), kStart);
  traffic.BeginDrain(kStart);
  EXPECT_FALSE(traffic.Drained(kStart + milliseconds(99)));
  EXPECT_TRUE(traffic.Drained(kStart + milliseconds(100)));
}

TEST(Traffic, WaitsForLatecomersForAShortGraceAlone) {
  Traffic traffic;
  traffic.BeginDrain(kStart);
  EXPECT_TRUE(traffic.MessageBegan());
  EXPECT_FALSE(traffic.Drained(kStart + milliseconds(1999)));
  EXPECT_TRUE(traffic.Drained(kStart + milliseconds(2000)));
}

TEST(Traffic, IsNotHeldByLatecomersThatTakeTurns) {
  Traffic traffic;
  const bool early = traffic.MessageBegan();
  traffic.BeginDrain(kStart);
  const bool late = traffic.MessageBegan();
  traffic.MessageEnded(early, kStart + seconds(5));
  EXPECT_FALSE(traffic.Drained(kStart + seconds(5)));
  EXPECT_TRUE(traffic.Drained(kStart + seconds(6)));
  traffic.MessageEnded(late, kStart + seconds(7));
  EXPECT_EQ(traffic.messages_under_way(), 0);
  EXPECT_EQ(traffic.messages(), 2U);
}

}  // namespace
}  // namespace gatepost::milter
