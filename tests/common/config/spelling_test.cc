#include "common/config/spelling.h"

#include <gtest/gtest.h>

namespace gatepost::config {
namespace {

TEST(Spelling, FindsWhatWasMeant) {
  const std::vector<std::string> keys = {"selector", "enabled", "max_body", "mode", "url"};
  struct Case {
    std::string_view written;
    std::string_view want;
  };
  const Case cases[] = {
      {"selecter", "selector"},   // substituted
      {"slector", "selector"},    // missing
      {"selecttor", "selector"},  // too many
      {"selectro", "selector"},   // swapped: one mistake
      {"SELECTOR", "selector"},   // case does not count
      {"max-body", "max_body"},
      {"maxbody", "max_body"},
      {"mdoe", "mode"},
      {"ulr", "url"},
      {"sel", "selector"},  // the beginning
      {"enable", "enabled"},
      {"", ""},
      {"x", ""},
      {"timeout", ""},
      {"selexxxx", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(Closest(c.written, keys).value_or(""), c.want) << c.written;
}

TEST(Spelling, IsBoundedForLongNames) {
  EXPECT_EQ(Closest(std::string(1'000'000, 'a'), {std::string(1'000'000, 'a')}), std::nullopt);
  EXPECT_EQ(Closest(std::string(64, 'a'), {std::string(64, 'b'), std::string(63, 'a')}),
            std::string(63, 'a'));
}

TEST(Spelling, PrefersTheNearest) {
  EXPECT_EQ(Closest("timeouts", {"timeout_s", "timeout"}), "timeout_s");
  EXPECT_EQ(Closest("cache", {"caches", "cached"}), "caches");
}

}  // namespace
}  // namespace gatepost::config
