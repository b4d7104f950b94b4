#include "common/warmup/schedule.h"

#include "common/store/keys.h"
#include "common/store/memory_store.h"

namespace gatepost::warmup {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr const char* kText =
    "source news address 192.0.2.10 start 2026-11-01 curve 50 x1.5 50000\n"
    "source app address 192.0.2.11 start 2026-11-02 curve 1 x2 9\n"
    "provider gmail\n"
    "provider other\n";

base::Deadline Soon() { return std::chrono::steady_clock::now() + 5s; }

TEST(ScheduleTest, ReadsWhatItWrites) {
  const auto schedule = Schedule::Parse(kText);
  ASSERT_TRUE(schedule);
  EXPECT_EQ(schedule->sources.size(), 2);
  EXPECT_THAT(schedule->providers, ElementsAre("gmail", "other"));
  EXPECT_EQ(schedule->Format(), kText);
  EXPECT_EQ(Schedule::Parse(""), Schedule());
}

TEST(ScheduleTest, IsDroppedWholeWhereAnythingIsWrong) {
  const std::string whole = kText;
  for (const std::string& text :
       {whole + "provider", whole + "provider gmail", whole + "\n", whole + "provider \x1b[2J\n",
        whole + "route news *\n", "source news\n" + whole, whole + std::string(300'000, '\n'),
        std::string(200'000, '\n')}) {
    EXPECT_FALSE(Schedule::Parse(text)) << text.substr(0, 400);
  }
}

TEST(ScheduleTest, HostsThatWarmUpNothingOrTellNonsenseAreLeftOut) {
  base::ManualClock clock;
  store::MemoryStore store(clock);
  const auto tell = [&](const std::string& host, const std::string& text) {
    ASSERT_TRUE(store.SetField(store::KeyMaker::WarmUpSchedules(), host, text, Soon()));
  };
  tell("mx1", kText);
  tell("mx2", "provider other\n");
  tell("mx3", "nonsense");
  const auto schedules = ReadSchedules(store, Soon());
  ASSERT_TRUE(schedules);
  ASSERT_EQ(schedules->size(), 1);
  EXPECT_EQ(schedules->at("mx1").Format(), kText);
}

}  // namespace
}  // namespace gatepost::warmup
