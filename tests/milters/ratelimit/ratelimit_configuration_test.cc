#include "milters/ratelimit/ratelimit_configuration.h"

#include <gtest/gtest.h>

#include <string>

#include "common/config/config_error.h"
#include "tests/common/config/temporary_folder.h"

namespace gatepost::ratelimit {
namespace {

class RatelimitConfigurationTest : public testing::Test {
 protected:
  // What is wrong with this limit, where mail has the stream "bulk".
  std::string ErrorOf(const std::string& limit) {
    RatelimitOptions options;
    options.limits.limits = {"200 recipients / hour by user", limit};
    config::AccountOptions accounts;
    accounts.streams = folder_.Write("streams", "bulk header List-Id\n");
    try {
      LoadConfiguration(options, accounts);
    } catch (const config::ConfigError& error) {
      return error.what();
    }
    return "no error";
  }

  config::TemporaryFolder folder_;
};

TEST_F(RatelimitConfigurationTest, KnowsTheStreamOfEachLimit) {
  EXPECT_EQ(ErrorOf("9 messages / hour by user stream=bulk"), "no error");
  EXPECT_EQ(ErrorOf("9 messages / hour by user stream=blk name=many"),
            "limits.limits: many: the table accounts.streams has no stream \"blk\", did you mean "
            "\"bulk\"?");
  EXPECT_EQ(ErrorOf("9 messages / hour by user stream=personal name=few mode=off"),
            "limits.limits: few: the table accounts.streams has no stream \"personal\"");
}

}  // namespace
}  // namespace gatepost::ratelimit
