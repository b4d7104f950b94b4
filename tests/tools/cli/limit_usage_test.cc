#include "tools/cli/limit_usage.h"

#include <sstream>

namespace gatepost::cli {
namespace {

using namespace std::chrono_literals;
using limits::Limit;
using store::LimitState;

const base::WallTime kNow{1'700'000'000s};

TEST(DescribeUsage, NamesLimitsAsPeopleDo) {
  const Limit daily = Limit::Parse("500 recipients / day by user name=daily").value();
  LimitState state;
  const std::int64_t slice = LimitState::SliceAt(1'700'000'000'000, 24h);
  state.slots[daily.slot()] = {24h, 500, slice, {{slice, 120}}};
  state.slots["m1h"] = {1h, limits::kUnlimited, 0, {}};
  state.refused[daily.slot()] = {{slice, 7}};
  std::ostringstream out;
  DescribeUsage(state, kNow, {daily}).Print(out);
  EXPECT_EQ(out.str(),
            "m1h    0 of unlimited  0 reserved  \n"
            "daily  120 of 500      0 reserved  7 attempts refused\n");
}

}  // namespace
}  // namespace gatepost::cli
