#include "common/milter/callback_gate.h"

#include <thread>

namespace gatepost::milter {
namespace {

using std::chrono::milliseconds;

TEST(CallbackGate, LetsInUntilItIsClosed) {
  CallbackGate gate;
  EXPECT_TRUE(GateScope(gate).inside());
  EXPECT_TRUE(gate.Close(milliseconds(0)));
  EXPECT_FALSE(GateScope(gate).inside());
  EXPECT_TRUE(gate.empty());
}

TEST(CallbackGate, ClosesWhenTheLastHasLeft) {
  CallbackGate gate;
  const auto period = gate.Enter();
  ASSERT_TRUE(period);
  EXPECT_FALSE(gate.Close(milliseconds(1)));
  std::thread leaver([&] { gate.Leave(*period); });
  EXPECT_TRUE(gate.Close(milliseconds(10'000)));
  leaver.join();
}

TEST(CallbackGate, TellsWhoStaysFromWhoComesAndGoes) {
  CallbackGate gate;
  for (int i = 0; i < 10; ++i) {
    const GateScope brief(gate);
    EXPECT_FALSE(gate.BeginPeriod()) << "entered in the period that ended";
  }
  const GateScope slow(gate);
  EXPECT_FALSE(gate.BeginPeriod());
  int seen = 0;
  for (int i = 0; i < 8; ++i) seen += gate.BeginPeriod() ? 1 : 0;
  EXPECT_EQ(seen, 6);  // one period in four it shares its place with newcomers
}

TEST(CallbackGate, WakesTheWatcher) {
  CallbackGate gate;
  std::thread watcher([&] { gate.AwaitCallback(); });
  {
    const GateScope scope(gate);
    watcher.join();
  }
  EXPECT_TRUE(gate.Close(milliseconds(0)));
  std::thread last([&] { gate.AwaitCallback(); });
  last.join();  // a closed gate is not waited at
}

}  // namespace
}  // namespace gatepost::milter
