#include "common/accounts/suspensions.h"

#include <chrono>
#include <thread>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_folder.h"

namespace gatepost::accounts {
namespace {

using base::ErrorKind;
using namespace std::chrono_literals;
using Level = Suspension::Level;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 20s; }

Suspension Example() {
  return {Level::kSuspend, base::WallTime(1'763'793'600'123ms),
          "detector",      "2,000 recipients in an hour",
          "4XyZ",          "networks rate"};
}

// A second where the machine is not busy with tests.
constexpr auto kSoon = 5s;

// Until `holds` does; the time that took.
template <class Condition>
std::chrono::milliseconds Await(Condition holds) {
  const auto began = std::chrono::steady_clock::now();
  while (!holds() && std::chrono::steady_clock::now() - began < 15s) {
    std::this_thread::sleep_for(1ms);
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               began);
}

TEST(SuspensionTest, IsOneLine) {
  EXPECT_EQ(Example().Format(),
            "suspend\t1763793600123\tdetector\t4XyZ\t2,000 recipients in an hour\tnetworks rate");
}

TEST(SuspensionTest, ReadsWhatItWrites) {
  Suspension throttled = Example();
  throttled.level = Level::kThrottle;
  throttled.reason = "caf\xc3\xa9";
  for (const Suspension& suspension : {Example(), throttled, Suspension{}}) {
    const auto read = Suspension::Parse(suspension.Format());
    ASSERT_TRUE(read) << suspension.Format();
    EXPECT_EQ(*read, suspension);
  }
}

TEST(SuspensionTest, ControlsBecomeSpacesAndLongTextsAreCut) {
  Suspension suspension = Example();
  suspension.by = "a\tb\nc";
  suspension.reason = std::string(5'000, 'x');
  suspension.since = base::WallTime::min();
  const auto read = Suspension::Parse(suspension.Format());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->by, "a b c");
  EXPECT_EQ(read->reason.size(), 1'000U);
  EXPECT_EQ(read->since, base::WallTime{});
}

TEST(SuspensionTest, PassesOverWhatALaterVersionAppends) {
  EXPECT_EQ(Suspension::Parse(Example().Format() + "\tmore\t").value(), Example());
}

TEST(SuspensionTest, ReadsWhatAnEarlierVersionWrote) {
  Suspension earlier = Example();
  earlier.signals.clear();
  EXPECT_EQ(earlier.Format(),
            "suspend\t1763793600123\tdetector\t4XyZ\t2,000 recipients in an hour");
  EXPECT_EQ(Suspension::Parse(earlier.Format()).value(), earlier);
}

TEST(SuspensionTest, RefusesWhatItDoesNotWrite) {
  const std::vector<std::string> lines = {"",
                                          "suspend",
                                          "suspend\t1\ta\tb",
                                          "ban\t1\ta\tb\tc",
                                          "suspend\t\ta\tb\tc",
                                          "suspend\t-1\ta\tb\tc",
                                          "suspend\t1x\ta\tb\tc",
                                          "suspend\t99999999999999999\ta\tb\tc",
                                          "suspend\t1\ta\tb\t" + std::string(5'000, 'x')};
  for (const std::string& line : lines) {
    ASSERT_FALSE(Suspension::Parse(line)) << line;
    EXPECT_EQ(Suspension::Parse(line).error().kind, ErrorKind::kInvalid);
  }
}

TEST(SuspendedReplyTest, SaysWhomToAsk) {
  const milter::Reply reply = SuspendedReply(Example(), "4XyZ");
  EXPECT_EQ(reply.code, 550);
  EXPECT_EQ(reply.enhanced, "5.7.1");
  ASSERT_EQ(reply.lines.size(), 1U);
  EXPECT_EQ(reply.lines[0],
            "Sending from this account is blocked; please contact your mail administrator "
            "(postmaster) (reference 4XyZ)");
  EXPECT_EQ(SuspendedReply(Example(), "").lines[0].find("reference"), std::string::npos);
}

TEST(SuspendedReplyTest, WhatWeCannotReadRefusesNothingForGood) {
  Suspension unknown = Example();
  unknown.readable = false;
  const milter::Reply reply = SuspendedReply(unknown, "4XyZ");
  EXPECT_EQ(reply.code, 450);
  EXPECT_EQ(reply.enhanced, "4.7.1");
  EXPECT_THAT(reply.lines.at(0), testing::HasSubstr("(reference 4XyZ)"));
}

class SuspensionsTest : public testing::Test {
 protected:
  Suspensions::Options WithCopy() const { return {folder_.path() / "suspensions", 500ms}; }

  support::TempFolder folder_;
  store::MemoryStore memory_{base::SystemClock::Instance()};
  const store::Key key_ = store::KeyMaker::Admin("suspensions");
};

TEST_F(SuspensionsTest, AChangeHoldsAtOnce) {
  Suspensions suspensions(memory_, {});
  ASSERT_TRUE(suspensions.Suspend("eva@example.org", Example()));
  EXPECT_EQ(suspensions.Find("eva@example.org"), Example());
  EXPECT_EQ(suspensions.Find("eva@example.net"), std::nullopt);
  ASSERT_TRUE(suspensions.Suspend("bob@example.org", Example()));
  const auto all = suspensions.All();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].first, "bob@example.org");
  ASSERT_TRUE(suspensions.Resume("eva@example.org"));
  EXPECT_EQ(suspensions.Find("eva@example.org"), std::nullopt);
}

TEST_F(SuspensionsTest, NamesAreBounded) {
  Suspensions suspensions(memory_, {});
  for (const std::string& name : {std::string(), std::string("!"), std::string(5'000, 'x')}) {
    EXPECT_EQ(suspensions.Suspend(name, Example()).error().kind, ErrorKind::kInvalid) << name;
  }
}

TEST_F(SuspensionsTest, WhoseEntryCannotBeReadIsSuspended) {
  Suspensions suspensions(memory_, {});
  ASSERT_TRUE(suspensions.Suspend("bob@example.org", Example()));
  ASSERT_TRUE(suspensions.Refresh());
  ASSERT_TRUE(memory_.SetField(key_, "eva@example.org", "nonsense", Soon()));
  ASSERT_TRUE(suspensions.Refresh());
  const auto found = suspensions.Find("eva@example.org");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->level, Level::kSuspend);
  EXPECT_EQ(found->by, "unknown");
  EXPECT_FALSE(found->readable);
  EXPECT_EQ(suspensions.Find("bob@example.org"), Example());
}

TEST_F(SuspensionsTest, FindsOneAmongThousands) {
  Suspensions suspensions(memory_, {{}, 1h});
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(memory_.SetField(key_, "user" + std::to_string(i) + "@example.org",
                                 Example().Format(), Soon()));
  }
  ASSERT_TRUE(suspensions.Refresh());
  EXPECT_EQ(suspensions.All().size(), 10'000U);
  EXPECT_EQ(suspensions.Find("user9999@example.org"), Example());
}

// Two programs, perhaps on two hosts, with a real Redis between them.
class SharedSuspensionsTest : public SuspensionsTest {
 protected:
  SharedSuspensionsTest() {
    here_.WaitForFirstState(Soon());
    there_.WaitForFirstState(Soon());
  }
  store::RedisOptions Options() const {
    return {*store::RedisAddress::Parse(server_.url()), {}, {10s, 10s, 1s, 20ms, 100ms}, {}};
  }

  support::RedisServer server_;
  store::RedisStore here_{Options()};
  store::RedisStore there_{Options()};
};

TEST_F(SharedSuspensionsTest, ASuspensionActsElsewhereSoonAndSoDoesItsEnd) {
  Suspensions here(here_, {});
  Suspensions there(there_, {});
  ASSERT_TRUE(here.Suspend("eva@example.org", Example()));
  EXPECT_LT(Await([&] { return there.Find("eva@example.org") == Example(); }), kSoon);
  ASSERT_TRUE(there.Resume("eva@example.org"));
  EXPECT_LT(Await([&] { return !here.Find("eva@example.org"); }), kSoon);
}

TEST_F(SharedSuspensionsTest, AnAbsentRedisLiftsNothingAndNeitherDoesARestart) {
  {
    Suspensions here(here_, WithCopy());
    ASSERT_TRUE(here.Suspend("eva@example.org", Example()));
    ASSERT_TRUE(here.Refresh());
    server_.Kill();
    EXPECT_FALSE(here.Refresh());
    EXPECT_EQ(here.Find("eva@example.org"), Example());
    ASSERT_TRUE(here.Suspend("bob@example.org", Example()));
  }
  const Suspensions here(here_, WithCopy());
  EXPECT_EQ(here.Find("eva@example.org"), Example());
  EXPECT_EQ(here.Find("bob@example.org"), Example());
  server_.Start();  // empty: it is told again
  const Suspensions there(there_, {{}, 20ms});
  EXPECT_LT(Await([&] { return there.Find("bob@example.org") && there.Find("eva@example.org"); }),
            10s);
}

}  // namespace
}  // namespace gatepost::accounts
