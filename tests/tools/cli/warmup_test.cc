#include "tools/cli/warmup.h"

#include <sstream>

namespace gatepost::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using warmup::Schedule;
using warmup::Source;

base::WallTime Noon(int day_of_november) {
  using namespace std::chrono;
  return sys_days(year(2026) / November / 1) + days(day_of_november - 1) + 12h;
}

Source News(const std::string& curve = "50 x1.5 50000") {
  const std::string line = "source news address 192.0.2.10 start 2026-11-01 curve " + curve + "\n";
  return Schedule::Parse(line).value().sources[0];
}

TEST(DescribeWarmUp, TellsTheDayWhatWasUsedWhatWaitsAndTheNextStep) {
  const struct {
    const char* name;
    int day;
    std::int64_t used;
    std::int64_t held;
    const char* want;
  } cases[] = {
      {"on its way", 3, 100, 2,
       "day 3 of 18 | 100 of 112 used | 2 held since 2026-11-02 12:00:00 | "
       "168 from 2026-11-04 00:00:00"},
      {"the last day", 18, 0, 0,
       "day 18 of 18 | 0 of 49263 used | 0 held | no limit from 2026-11-19 00:00:00"},
      {"over", 19, 7, 0, "over | 7 used | 0 held"},
      {"before", -5, 3, 0,
       "begins 2026-11-01 | 3 of 50 used | 0 held | 75 from 2026-11-02 00:00:00"},
  };
  for (const auto& c : cases) {
    const auto row =
        DescribeWarmUp(News(), {"news", "gmail", c.held, Noon(2)}, c.used, Noon(c.day));
    std::string text;
    for (const std::string& column : row) text += (text.empty() ? "" : " | ") + column;
    EXPECT_EQ(text, std::string("news | 192.0.2.10 | gmail | ") + c.want) << c.name;
  }
}

TEST(JoinSchedules, AnAddressOfSeveralHostsStandsOnce) {
  const auto all = JoinSchedules({{"mx1", Schedule{{News()}, {"gmail", "other"}}},
                                  {"mx2", Schedule{{News()}, {"gmx", "other"}}}});
  ASSERT_EQ(all.size(), 1);
  EXPECT_THAT(all[0].providers, ElementsAre("gmail", "other", "gmx"));
}

TEST(JoinSchedules, HostsThatDisagreeAreBothShown) {
  const auto all = JoinSchedules(
      {{"mx1", Schedule{{News()}, {"other"}}}, {"mx2", Schedule{{News("9 x2 90")}, {"other"}}}});
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(all[0].source.name, all[1].source.name);
}

}  // namespace
}  // namespace gatepost::cli
