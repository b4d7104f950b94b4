#include "milters/ratelimit/reply_text.h"

#include <chrono>

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using limits::ChargeOutcome;
using limits::Limit;

// 14 November 2023, 22:13:20 UTC.
const base::WallTime kNow{1'700'000'000s};
const Addressee kOwnUser{true, "postmaster@example.org", "4f9k2m1x7q", kNow};
const Addressee kStranger{false, "postmaster@example.org", "4f9k2m1x7q", kNow};

Limit Parse(std::string_view line) { return Limit::Parse(line).value(); }

std::string Text(const milter::Reply& reply) {
  std::string text = std::to_string(reply.code) + " " + reply.enhanced;
  for (const std::string& line : reply.lines) text += "\n" + line;
  return text;
}

TEST(ShortageReply, TellsAUserTheLimitWhatWasUsedAndWhenThereIsRoom) {
  const Limit limit = Parse("250 recipients / hour by user");
  EXPECT_EQ(Text(ShortageReply({limit, 250, {250, 12min, 0}}, kOwnUser)),
            "450 4.7.1\n"
            "The limit of your account is reached: 250 recipients an hour, 250 used.\n"
            "There is room again in 12 minutes, at 22:26 UTC. Questions: postmaster@example.org. "
            "(reference 4f9k2m1x7q)");
}

TEST(ShortageReply, NamesTheDayWhereTheTimeAloneCouldMeanAnother) {
  const Limit limit = Parse("1000 recipients / day by user");
  struct Case {
    std::chrono::milliseconds wait;
    const char* want;
  };
  for (const Case& c :
       {Case{2h, "There is room again in 120 minutes, at 00:14 UTC."},  // tomorrow, as all see
        Case{12h, "There is room again in 12 hours, at 10:14 UTC."},
        Case{12h + 1s, "There is room again in 13 hours, on 2023-11-15 at 10:14 UTC."},
        Case{23h, "There is room again in 23 hours, on 2023-11-15 at 21:14 UTC."},
        Case{24h * 50, "There is room again in 50 days, on 2024-01-03 at 22:14 UTC."}}) {
    EXPECT_EQ(ShortageReply({limit, 1'000, {1'000, c.wait, 0}}, {true, "", "", kNow}).lines.back(),
              c.want);
  }
}

TEST(ShortageReply, RefusesForGoodWhereTheLimitSaysSo) {
  const Limit limit = Parse("20000 messages / 30 days by user-domain answer=refuse");
  EXPECT_EQ(Text(ShortageReply({limit, 20'000, {20'000, 76h, 0}}, {true, "", "", kNow})),
            "550 5.7.1\n"
            "The limit of your domain is reached: 20,000 messages in 30 days, 20,000 used.\n"
            "There is room again in 4 days, on 2023-11-18 at 02:14 UTC.");
}

TEST(ShortageReply, SaysWhereAMessageAloneIsTooLarge) {
  const Limit limit = Parse("1MB / day by user");
  EXPECT_EQ(Text(ShortageReply({limit, 1'048'576, {0, -1ms, 0}}, kOwnUser)),
            "550 5.3.4\n"
            "This message alone is over the limit of your account: 1,048,576 bytes a day. "
            "Questions: postmaster@example.org. (reference 4f9k2m1x7q)");
}

TEST(ShortageReply, ALimitOfNoneIsAnsweredAsTheLimitSays) {
  EXPECT_EQ(Text(ShortageReply({Parse("9 messages / hour by user"), 0, {0, -1ms, 0}},
                               {true, "", "", kNow})),
            "450 4.7.1\n"
            "Nothing may be sent at the moment: the limit of your account is 0 messages an hour.");
}

TEST(ShortageReply, TellsAStrangerNothingButWhenToComeBack) {
  EXPECT_EQ(
      Text(ShortageReply({Parse("60 messages / hour by client"), 60, {60, 90s, 0}}, kStranger)),
      "450 4.7.1\n"
      "Too much mail from you at the moment; try again in 90 seconds. (reference 4f9k2m1x7q)");
  EXPECT_EQ(Text(ShortageReply({Parse("9 messages / hour by client+recipient"), 9, {9, 90s, 0}},
                               kStranger)),
            "450 4.7.1\n"
            "Too much mail for this recipient at the moment; try again in 90 seconds. "
            "(reference 4f9k2m1x7q)");
}

TEST(TooManyRecipientsReply, HasTheClientSendTheOthersLater) {
  EXPECT_EQ(Text(TooManyRecipientsReply(1'000, kStranger)),
            "452 4.5.3\n"
            "A message may have 1,000 recipients here; send the others in another. "
            "(reference 4f9k2m1x7q)");
}

TEST(DescribeWait, RoundsUpInTheUnitThatPeopleUse) {
  struct Case {
    std::chrono::milliseconds wait;
    const char* want;
  };
  for (const Case& c : {Case{1ms, "1 second"}, Case{1001ms, "2 seconds"}, Case{119s, "119 seconds"},
                        Case{121s, "3 minutes"}, Case{90min, "90 minutes"}, Case{121min, "3 hours"},
                        Case{47h, "47 hours"}, Case{49h, "3 days"}, Case{0ms, "1 second"}}) {
    EXPECT_EQ(DescribeWait(c.wait), c.want);
  }
}

TEST(DescribeAmount, NamesOneAndMany) {
  EXPECT_EQ(DescribeAmount(1, Parse("1 message / minute by user")), "1 message a minute");
  EXPECT_EQ(DescribeAmount(50, Parse("50 new-recipients / day by user")),
            "50 new recipients a day");
  EXPECT_EQ(DescribeAmount(5, Parse("5 recipients / 15 minutes by user")),
            "5 recipients in 15 minutes");
}

}  // namespace
}  // namespace gatepost::ratelimit
