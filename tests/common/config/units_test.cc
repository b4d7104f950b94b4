#include "common/config/units.h"

#include <gtest/gtest.h>

namespace gatepost::config {
namespace {

using namespace std::chrono_literals;

TEST(Units, ParseTimes) {
  struct Case {
    std::string_view text;
    std::optional<std::chrono::milliseconds> want;
  };
  const Case cases[] = {
      {"250ms", 250ms},
      {"10s", 10s},
      {"5m", 5min},
      {"2h", 2h},
      {"7d", 168h},
      {"0s", 0ms},
      {"007s", 7s},
      {"", std::nullopt},
      {"5", std::nullopt},
      {"s", std::nullopt},
      {"5 s", std::nullopt},
      {" 5s", std::nullopt},
      {"5s ", std::nullopt},
      {"-5s", std::nullopt},
      {"+5s", std::nullopt},
      {"1.5s", std::nullopt},
      {"5S", std::nullopt},
      {"5min", std::nullopt},
      {"106751991167d", 9223372036828800000ms},
      {"106751991168d", std::nullopt},
      {"99999999999999999999s", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(ParseDuration(c.text), c.want) << c.text;
}

TEST(Units, ParseSizes) {
  EXPECT_EQ(ParseBytes("64kB"), 65'536);
  EXPECT_EQ(ParseBytes("25MB"), 26'214'400);
  EXPECT_EQ(ParseBytes("8589934591GB"), 9223372035781033984);
  for (const std::string_view text : {"8589934592GB", "5", "kB", "64KB", "64k", "64 kB", "-1kB"}) {
    EXPECT_EQ(ParseBytes(text), std::nullopt) << text;
  }
}

TEST(Units, FormatInTheLargestUnitThatIsExact) {
  EXPECT_EQ(FormatDuration(0ms), "0s");
  EXPECT_EQ(FormatDuration(1500ms), "1500ms");
  EXPECT_EQ(FormatDuration(90s), "90s");
  EXPECT_EQ(FormatDuration(120s), "2m");
  EXPECT_EQ(FormatDuration(48h), "2d");
  EXPECT_EQ(FormatBytes(0), "0");
  EXPECT_EQ(FormatBytes(1000), "1000");
  EXPECT_EQ(FormatBytes(1 << 20), "1MB");
  EXPECT_EQ(FormatBytes(1536), "1536");
}

TEST(Units, FormatWhatParsesBack) {
  for (std::int64_t n = 1; n < std::int64_t{1} << 50; n = n * 3 + 1) {
    EXPECT_EQ(ParseDuration(FormatDuration(std::chrono::milliseconds(n))),
              std::chrono::milliseconds(n));
    EXPECT_EQ(ParseBytes(FormatBytes(n << 10)), n << 10);
  }
}

}  // namespace
}  // namespace gatepost::config
