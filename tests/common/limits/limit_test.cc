#include "common/limits/limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/limits/recipient_cap.h"

namespace gatepost::limits {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

struct LineCase {
  const char* line;
  const char* formatted;
  const char* slot;
};

TEST(LimitTest, ReadsALineAndWritesItInFull) {
  for (const LineCase& c : {
           LineCase{"200 recipients / hour by user",
                    "200 recipients / hour by user name=recipients-hour-user", "r1h"},
           LineCase{" 200  recipients/hour\tby user ",
                    "200 recipients / hour by user name=recipients-hour-user", "r1h"},
           LineCase{"500 messages / day by user stream=bulk mode=shadow name=daily",
                    "500 messages / day by user name=daily stream=bulk mode=shadow", "m1d/bulk!"},
           LineCase{"50 new-recipients / 30 days by user",
                    "50 new-recipients / 30 days by user name=new-recipients-30-days-user", "n30d"},
           LineCase{"1 GB bytes / day by user-domain pool",
                    "1GB bytes / day by user-domain name=bytes-day-user-domain", "b1d"},
           LineCase{"500MB / 15 minutes by user",
                    "500MB bytes / 15 minutes by user "
                    "name=bytes-15-minutes-user",
                    "b15m"},
           LineCase{"1500 bytes / week by network answer=defer",
                    "1500 bytes / week by network name=bytes-week-network answer=defer", "b7d"},
           LineCase{
               "20 messages / minute by recipient + client",
               "20 messages / minute by client+recipient name=messages-minute-client-recipient",
               "m1m"},
           LineCase{"20 messages / minutes by sender-domain+recipient-domain",
                    "20 messages / minute by sender-domain+recipient-domain "
                    "name=messages-minute-sender-domain-recipient-domain",
                    "m1m"},
           LineCase{"unlimited messages / day by user",
                    "unlimited messages / day by user name=messages-day-user", "m1d"},
           LineCase{"0 messages / day by user mode=off",
                    "0 messages / day by user name=messages-day-user mode=off", "m1d"},
           LineCase{"9 messages / 7 days by user name=x reputation<0.25=75% reputation<-0.5=10%",
                    "9 messages / week by user name=x reputation<-0.5=10% reputation<0.25=75%",
                    "m7d"},
           LineCase{"9 messages / day by user name=x stream-reputation<0=50% stream=bulk",
                    "9 messages / day by user name=x stream=bulk stream-reputation<0.0=50%",
                    "m1d/bulk"},
           LineCase{"9 messages / day by user name=x mode=enforce answer=refuse",
                    "9 messages / day by user name=x answer=refuse", "m1d"},
       }) {
    const auto limit = Limit::Parse(c.line);
    ASSERT_TRUE(limit) << c.line << ": " << limit.error().message;
    EXPECT_EQ(limit->Format(), c.formatted);
    EXPECT_EQ(limit->slot(), c.slot) << c.line;
    EXPECT_EQ(Limit::Parse(limit->Format()).value(), *limit) << c.line;
  }
}

TEST(LimitTest, TheCapOnRecipientsOfOneMessageIsToldAsALine) {
  for (const RecipientCap& cap : {RecipientCap{50, false}, RecipientCap{kUnlimited, true}}) {
    EXPECT_EQ(RecipientCap::Parse(cap.Format()).value(), cap);
    EXPECT_FALSE(Limit::Parse(cap.Format()));
  }
  EXPECT_EQ((RecipientCap{50, true}.Format()), "50 recipients-per-message mode=shadow");
  for (const char* line :
       {"", "50", "50 recipients", "x recipients-per-message", "50 recipients-per-message mode=off",
        "50 recipients-per-message mode=shadow x", "50 recipients / hour by user"}) {
    EXPECT_FALSE(RecipientCap::Parse(line)) << line;
  }
}

TEST(LimitTest, ReadsAPairOfSubjectsInOneOrder) {
  const Limit limit = Limit::Parse("1 messages / hour by recipient+user").value();
  EXPECT_THAT(limit.by, ElementsAre(By::kUser, By::kRecipient));
  EXPECT_EQ(limit.window, 1h);
  EXPECT_EQ(limit.amount, 1);
}

TEST(LimitTest, ShortWindowsAskToComeBackAndLongOnesRefuse) {
  const auto answer = [](const char* window) {
    return Limit::Parse("1 messages / " + std::string(window) + " by user").value().answer;
  };
  EXPECT_EQ(answer("minute"), Answer::kDefer);
  EXPECT_EQ(answer("day"), Answer::kDefer);
  EXPECT_EQ(answer("2 days"), Answer::kRefuse);
  EXPECT_EQ(answer("week"), Answer::kRefuse);
}

TEST(LimitTest, TheLargestAmountsFit) {
  EXPECT_EQ(Limit::Parse("1GB / day by user").value().amount, std::int64_t{1} << 30);
  EXPECT_EQ(Limit::Parse("999999999999999 bytes / day by user").value().amount, kUnlimited - 1);
  EXPECT_FALSE(Limit::Parse("1000000000000000 bytes / day by user"));
}

struct BadLine {
  const char* line;
  const char* error;
};

TEST(LimitTest, SaysWhatIsWrongAndWhatWouldBeRight) {
  for (const BadLine& c : {
           BadLine{"", "a limit is: 200 recipients / hour by user"},
           BadLine{"200", "after the number comes what is counted"},
           BadLine{"200 recipents / hour by user", "did you mean \"recipients\"?"},
           BadLine{"200 things / hour by user",
                   "\"things\" is not known (known: messages, recipients, bytes, new-recipients)"},
           BadLine{"many recipients / hour by user", "an amount is a whole number"},
           BadLine{"-1 recipients / hour by user", "an amount is a whole number"},
           BadLine{"1.5 GB bytes / hour by user", "an amount of bytes is a whole number"},
           BadLine{"5TB / hour by user", "alone or with kB, MB or GB"},
           BadLine{"5MB messages / hour by user", "an amount is a whole number"},
           BadLine{"99999999999999999999 messages / hour by user", "an amount is a whole number"},
           BadLine{"off messages / hour by user", "write mode=off"},
           BadLine{"200 recipients hour by user", "comes \"/\" and the window"},
           BadLine{"200 recipients / huor by user", "did you mean \"hour\"?"},
           BadLine{"200 recipients / by user", "the window \"by\" is not known"},
           BadLine{"200 recipients / 30 seconds by user", "the shortest window is a minute"},
           BadLine{"200 recipients / month by user", "write \"30 days\""},
           BadLine{"200 recipients / 0 days by user", "from a minute to 366 days"},
           BadLine{"200 recipients / 367 days by user", "from a minute to 366 days"},
           BadLine{"200 recipients / 99999999999999999999 days by user", "the window"},
           BadLine{"200 recipients / hour", "comes whom it counts by"},
           BadLine{"200 recipients / hour by", "\"by\" \"\" is not known"},
           BadLine{"200 recipients / hour by users", "did you mean \"user\"?"},
           BadLine{"200 recipients / hour by user+", "is not known"},
           BadLine{"200 recipients / hour by user+client+recipient", "one thing or by a pair"},
           BadLine{"200 recipients / hour by user+user-domain", "says no more than one of them"},
           BadLine{"200 recipients / hour by client+client", "says no more than one of them"},
           BadLine{"200 recipients / hour by user pool", "only after user-domain"},
           BadLine{"200 recipients / hour by user daily", "\"daily\" is too much"},
           BadLine{"200 recipients / hour by user nam=a", "did you mean \"name\"?"},
           BadLine{"200 recipients / hour by user name=A", "letters in lower case"},
           BadLine{"200 recipients / hour by user stream=", "takes the name of a stream"},
           BadLine{"200 recipients / hour by user mode=shadw", "did you mean \"shadow\"?"},
           BadLine{"200 recipients / hour by user answer=550", "(known: defer, refuse)"},
           BadLine{"200 recipients / hour by user reputation=50%", "write reputation<-0.3=50%"},
           BadLine{"200 recipients / hour by user reputation<2=50%", "write reputation<-0.3=50%"},
           BadLine{"200 recipients / hour by user reputation<0=101%", "write reputation<-0.3=50%"},
           BadLine{"200 recipients / hour by user reputation<0=50", "write reputation<-0.3=50%"},
           BadLine{"200 recipients / hour by user stream-reputation<0=50%",
                   "stream-reputation needs stream= and the stream's name beside it"},
           BadLine{"200 recipients / hour by user stream=bulk stream-reputation<0=50",
                   "write stream-reputation<-0.3=50%"},
           BadLine{"200 recipients / hour by user streamreputation<0=50%",
                   "did you mean \"stream-reputation\"?"},
           BadLine{"200 recipients / hour by user reputation<0.1=5% reputation<0.10=6%",
                   "reputation<0.1 stands twice"},
       }) {
    const auto limit = Limit::Parse(c.line);
    ASSERT_FALSE(limit) << c.line;
    EXPECT_EQ(limit.error().kind, base::ErrorKind::kInvalid);
    EXPECT_THAT(limit.error().message, HasSubstr(c.error)) << c.line;
  }
  EXPECT_FALSE(Limit::Parse(std::string(513, ' ')));
}

TEST(LimitTest, ReadsAmountsOfTablesAndOverrides) {
  EXPECT_EQ(ParseAmount("none", Counted::kMessages), kUnlimited);
  EXPECT_EQ(ParseAmount("off", Counted::kMessages), kUncounted);
  EXPECT_EQ(ParseAmount("2MB", Counted::kBytes), 2 << 20);
  EXPECT_FALSE(ParseAmount("2MB", Counted::kMessages));
  EXPECT_FALSE(ParseAmount("", Counted::kBytes));
  for (const char* text : {"0", "17", "unlimited", "off", "3kB"}) {
    EXPECT_EQ(FormatAmount(ParseAmount(text, Counted::kBytes).value(), Counted::kBytes), text);
  }
}

}  // namespace
}  // namespace gatepost::limits
