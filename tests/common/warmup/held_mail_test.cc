#include "common/warmup/held_mail.h"

namespace gatepost::warmup {
namespace {

using namespace std::chrono_literals;

TEST(HeldMailTest, ReadsWhatItWrites) {
  const HeldMail mail{"4XyZ", base::WallTime(1'700'000'000'123ms), "news", {"gmail", "other"}};
  EXPECT_EQ(mail.Format(), "1700000000123 news gmail other");
  const auto read = HeldMail::Parse("4XyZ", mail.Format());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->queue_id, "4XyZ");
  EXPECT_EQ(read->since, mail.since);
  EXPECT_EQ(read->providers, mail.providers);
}

TEST(HeldMailTest, TakesNothingElse) {
  for (const std::string text : {"", "1", "1 news", "x news gmail", "-1 news gmail",
                                 "99999999999999 news gmail", "9999999999999 news gmail", "1 news ",
                                 "1  gmail", "1 news gmail ", "1 news \x1b[2J", "1 News gmail"}) {
    EXPECT_FALSE(HeldMail::Parse("4XyZ", text)) << text;
  }
  EXPECT_FALSE(HeldMail::Parse("!", "1 news gmail"));
  EXPECT_FALSE(HeldMail::Parse("4XyZ", "1 news" + std::string(2'000, ' ') + " gmail"));
}

}  // namespace
}  // namespace gatepost::warmup
