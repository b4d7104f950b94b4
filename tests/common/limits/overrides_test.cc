#include "common/limits/overrides.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/limits/charges.h"
#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/open.h"
#include "tests/common/config/temporary_folder.h"
#include "tests/support/redis_server.h"

namespace gatepost::limits {
namespace {

using namespace std::chrono_literals;

constexpr base::WallTime kNow(1'700'000'000s);

const accounts::AccountNames& Names() {
  static const auto names = accounts::AccountNames::Load({});
  return *names;
}
Scope ScopeOf(const char* text) { return Scope::Parse(text, Names()).value(); }

std::int64_t AmountFor(const Exceptions& overrides, const char* user) {
  Facts facts;
  facts.account = Names().Canonicalize(user);
  const Subjects subjects(facts, Names());
  const Limit limit = Limit::Parse("100 messages / day by user name=daily").value();
  return ExceptionView({}, &overrides, subjects, kNow).Amount(limit, subjects.Text(By::kUser));
}

struct TextCase {
  const char* name;
  Override value;
  const char* text;
};

TEST(OverrideTest, IsOneLineOfText) {
  for (const TextCase& c : {
           TextCase{"for ever",
                    {500, {}, kNow, "root", "newsletter: 4 = more"},
                    "500 since=1700000000 by=root why=newsletter: 4 = more"},
           TextCase{"until",
                    {kUnlimited, kNow + 1h, kNow, "eva m", ""},
                    "unlimited until=1700003600 since=1700000000 by=eva%20m why="},
           TextCase{"off", {kUncounted, {}, kNow, "", "x"}, "off since=1700000000 by= why=x"},
       }) {
    EXPECT_EQ(c.value.Format(), c.text) << c.name;
    EXPECT_EQ(Override::Parse(c.text).value(), c.value) << c.name;
  }
  const Override rough{1, {}, kNow, "a\nb", "line\nline" + std::string(2000, 'x')};
  const Override read = Override::Parse(rough.Format()).value();
  EXPECT_EQ(read.by, "a b");
  EXPECT_EQ(read.why.substr(0, 12), "line linexxx");
  EXPECT_EQ(read.why.size(), 512U);
}

TEST(OverrideTest, WhatFormatDoesNotWriteIsNone) {
  for (const std::string& text : std::vector<std::string>{
           "", "500", "x since=1 by= why=", "-5 since=1 by= why=", "5 since= by= why=",
           "5 since=x by= why=", "5 until= since=1 by= why=", "5 by= since=1 why=", "5 since=1 by=",
           "5 since=99999999999999 by= why=", "5 since=1 by= why=" + std::string(1024, 'x')}) {
    EXPECT_FALSE(Override::Parse(text)) << text;
  }
}

TEST(OverridesTest, WhatIsSetHoldsAtOnceUntilItIsReset) {
  store::MemoryStore store(base::SystemClock::Instance());
  Overrides overrides(store, {});
  EXPECT_EQ(AmountFor(*overrides.Current(), "alice"), 100);
  ASSERT_TRUE(overrides.Set(ScopeOf("user Alice"), "daily", {7, {}, kNow, "root", "why"}));
  EXPECT_EQ(AmountFor(*overrides.Current(), "alice"), 7);
  EXPECT_EQ(AmountFor(*overrides.Current(), "eva"), 100);
  EXPECT_EQ(overrides.Find(ScopeOf("user alice"), "daily")->amount, 7);
  EXPECT_EQ(overrides.Find(ScopeOf("user alice"), "hourly"), std::nullopt);
  ASSERT_TRUE(overrides.Reset(ScopeOf("user alice"), "daily"));
  EXPECT_EQ(AmountFor(*overrides.Current(), "alice"), 100);
  EXPECT_FALSE(overrides.Set(ScopeOf("user alice"), "not a name", {}));
}

TEST(OverridesTest, OneThatHasEndedIsShownUntilItIsSwept) {
  store::MemoryStore store(base::SystemClock::Instance());
  Overrides overrides(store, {});
  ASSERT_TRUE(overrides.Set(ScopeOf("user alice"), "daily", {7, kNow, kNow - 1h, "root", ""}));
  ASSERT_TRUE(overrides.Set(ScopeOf("user eva"), "*", {9, kNow + 1s, kNow - 1h, "root", ""}));
  EXPECT_EQ(AmountFor(*overrides.Current(), "alice"), 100);
  EXPECT_EQ(AmountFor(*overrides.Current(), "eva"), 9);
  const auto all = overrides.All();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].scope, "user alice");
  EXPECT_EQ(all[0].limit, "daily");
  EXPECT_EQ(all[1].limit, "*");
  EXPECT_EQ(overrides.ResetEnded(kNow), 1U);
  EXPECT_EQ(overrides.All().size(), 1U);
}

TEST(OverridesTest, ARestartWithoutTheStoreForgetsNothing) {
  const config::TemporaryFolder folder;
  Overrides::Options options;
  options.file = folder.Path("limits.state");
  {
    store::MemoryStore store(base::SystemClock::Instance());
    Overrides overrides(store, options);
    ASSERT_TRUE(overrides.Set(ScopeOf("user alice"), "daily", {7, {}, kNow, "root", ""}));
  }
  store::MemoryStore empty(base::SystemClock::Instance());
  const Overrides overrides(empty, options);
  EXPECT_EQ(AmountFor(*overrides.Current(), "alice"), 7);
}

TEST(OverridesTest, WhatCannotBeReadIsLeftOut) {
  store::MemoryStore store(base::SystemClock::Instance());
  const auto soon = std::chrono::steady_clock::now() + 20s;
  const store::Key key = store::KeyMaker::Admin("limits");
  for (const auto& [field, value] :
       {std::pair{"user alice daily", "7 since=1 by= why="}, std::pair{"user eva daily", "many"},
        std::pair{"nobody daily", "7 since=1 by= why="}, std::pair{"daily", "7 since=1 by= why="},
        std::pair{"user tim DAILY", "7 since=1 by= why="}}) {
    ASSERT_TRUE(store.SetField(key, field, value, soon));
  }
  Overrides overrides(store, {});
  ASSERT_TRUE(overrides.Refresh());
  EXPECT_EQ(overrides.Current()->size(), 1U);
  EXPECT_EQ(AmountFor(*overrides.Current(), "alice"), 7);
}

TEST(OverridesTest, TwoHostsShareThemThroughRedis) {
  const support::RedisServer server;
  store::StoreOptions options;
  options.url = server.url();
  const auto here = store::Open(options);
  const auto there = store::Open(options);
  Overrides mine(*here, {});
  Overrides theirs(*there, {});
  ASSERT_TRUE(mine.Set(ScopeOf("user alice"), "daily", {7, {}, kNow, "root", ""}));
  ASSERT_TRUE(mine.Refresh());
  ASSERT_TRUE(theirs.Refresh());
  EXPECT_EQ(AmountFor(*theirs.Current(), "alice"), 7);
  ASSERT_TRUE(theirs.Reset(ScopeOf("user alice"), "daily"));
  ASSERT_TRUE(theirs.Refresh());
  ASSERT_TRUE(mine.Refresh());
  EXPECT_EQ(AmountFor(*mine.Current(), "alice"), 100);
}

}  // namespace
}  // namespace gatepost::limits
