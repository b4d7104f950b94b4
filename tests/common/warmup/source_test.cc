#include "common/warmup/source.h"

#include "common/base/strings.h"

namespace gatepost::warmup {
namespace {

base::WallTime On(int day_of_november) {
  using namespace std::chrono;
  return sys_days(year(2026) / November / 1) + days(day_of_november - 1) + hours(13);
}

base::Result<Source> Read(const std::string& line) { return Source::Parse(base::Split(line, ' ')); }

Source SourceOf(const std::string& curve) {
  return Read("source a address 2001:db8::1 start 2026-11-01 curve " + curve).value();
}

TEST(SourceTest, TheAllowanceGrowsUntilTheWarmUpIsOver) {
  const struct {
    const char* name;
    const char* curve;
    int day;
    std::optional<std::int64_t> want;
  } cases[] = {
      {"first day", "50 x1.5 50000", 1, 50},
      {"second day", "50 x1.5 50000", 2, 75},
      {"rounded down", "50 x1.5 50000", 3, 112},
      {"last day", "50 x1.5 50000", 18, 49'263},
      {"over", "50 x1.5 50000", 19, std::nullopt},
      {"long over", "50 x1.5 50000", 40'000, std::nullopt},
      {"before", "50 x1.5 50000", -20, 50},
      {"no rounding error", "50 x1.2 1000", 2, 60},
      {"slow", "1000 x1.001 1001", 1, 1'000},
      {"fast", "1 x10 1000", 3, 100},
      {"reached exactly", "1 x10 1000", 4, std::nullopt},
  };
  for (const auto& c : cases) EXPECT_EQ(SourceOf(c.curve).Allowance(On(c.day)), c.want) << c.name;
}

TEST(SourceTest, ADayBeginsAtMidnightUtc) {
  const auto midnight = On(2) - std::chrono::hours(13);
  EXPECT_EQ(SourceOf("50 x1.5 50000").Allowance(midnight - std::chrono::seconds(1)), 50);
  EXPECT_EQ(SourceOf("50 x1.5 50000").Allowance(midnight), 75);
}

TEST(SourceTest, DaysAreCountedFromTheStart) {
  EXPECT_EQ(SourceOf("50 x1.5 50000").Day(On(1)), 1);
  EXPECT_EQ(SourceOf("50 x1.5 50000").Day(On(5)), 5);
  EXPECT_EQ(SourceOf("50 x1.5 50000").Day(On(0)), 0);
  EXPECT_EQ(SourceOf("50 x1.5 50000").Days(), 18);
  EXPECT_EQ(SourceOf("1 x10 1000").Days(), 3);
  EXPECT_EQ(SourceOf("999 x10 1000").Days(), 1);
  EXPECT_EQ(SourceOf("1 x1.001 1000000000").Days(), 20'734);
}

TEST(SourceTest, TheNextStepIsTheNextMidnightWithAnotherAllowance) {
  const auto midnight = [](int day) { return On(day) - std::chrono::hours(13); };
  const struct {
    const char* name;
    const char* curve;
    int day;
    std::optional<Source::Step> want;
  } cases[] = {
      {"tomorrow", "50 x1.5 50000", 1, Source::Step{midnight(2), 75}},
      {"the last one", "50 x1.5 50000", 18, Source::Step{midnight(19), std::nullopt}},
      {"over", "50 x1.5 50000", 19, std::nullopt},
      {"the first day is as the days before it", "50 x1.5 50000", -3,
       Source::Step{midnight(2), 75}},
      {"too slow for each day to have its own", "3 x1.1 1000", 1, Source::Step{midnight(5), 4}},
  };
  for (const auto& c : cases) EXPECT_EQ(SourceOf(c.curve).NextStep(On(c.day)), c.want) << c.name;
}

TEST(SourceTest, IsReadBackAsItWas) {
  for (const std::string line : {
           "source news address 192.0.2.10 start 2026-11-01 curve 50 x1.5 50000",
           "source a.b-c_9 address 2001:db8::1 start 2000-02-29 curve 1 x1.001 1000000000",
           "source a address 192.0.2.10 start 2199-12-31 curve 1 x10 2",
           "source a address 192.0.2.10 start 2026-11-01 curve 1 x1.05 2",
       }) {
    const auto source = Read(line);
    ASSERT_TRUE(source) << line;
    EXPECT_EQ(source->Format(), line);
  }
}

TEST(SourceTest, StartsAreDaysThatTheClockCanCountFrom) {
  for (const std::string day : {"0001-01-01", "1999-12-31", "2200-01-01", "9999-12-31"}) {
    const auto source = Read("source a address 192.0.2.1 start " + day + " curve 1 x1.001 2");
    ASSERT_FALSE(source) << day;
    EXPECT_EQ(source.error().message, "the start is a day: 2026-11-01");
  }
}

}  // namespace
}  // namespace gatepost::warmup
