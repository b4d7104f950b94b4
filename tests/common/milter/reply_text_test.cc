#include "common/milter/reply_text.h"

namespace gatepost::milter {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using Action = Verdict::Action;

TEST(ReplyText, KeepsASoundReply) {
  const auto text = MakeReplyText(Action::kReject, {550, "5.7.1", {"No", "and no again"}});
  EXPECT_EQ(text.code, "550");
  EXPECT_EQ(text.enhanced, "5.7.1");
  EXPECT_THAT(text.lines, ElementsAre("No", "and no again"));
  EXPECT_FALSE(text.mismatched);
}

TEST(ReplyText, TurnsACodeOfTheWrongClassIntoATemporaryFailure) {
  struct Case {
    Action action;
    int code;
  };
  for (const Case& c :
       {Case{Action::kReject, 451}, Case{Action::kReject, 250}, Case{Action::kReject, 0},
        Case{Action::kReject, 5500}, Case{Action::kTempFail, 550}, Case{Action::kTempFail, -451}}) {
    const auto text = MakeReplyText(c.action, {c.code, "5.7.1", {"secret"}});
    EXPECT_TRUE(text.mismatched) << c.code;
    EXPECT_EQ(text.code, "451");
    EXPECT_EQ(text.enhanced, "4.3.0");
    EXPECT_THAT(text.lines, ElementsAre("Temporary failure, please try again later"));
  }
}

// RFC 3463, section 2.
TEST(ReplyText, ReplacesEnhancedCodesThatAreNone) {
  for (const char* const bad : {"", "5", "5.7", "5.7.1.1", "4.7.1", "2.0.0", "5.7777.1", "5..1",
                                "5.7.x", " 5.7.1", "5.7.1 "}) {
    EXPECT_EQ(MakeReplyText(Action::kReject, {550, bad, {"No"}}).enhanced, "5.0.0") << bad;
  }
  EXPECT_EQ(MakeReplyText(Action::kTempFail, {450, "4.123.456", {"No"}}).enhanced, "4.123.456");
}

TEST(ReplyText, SendsPrintableAsciiWithPercentDoubled) {
  const auto text = MakeReplyText(
      Action::kReject, {550, "5.7.1", {"100% \x01sure\r\n250 ok", "tab\there", "\xc3\xbc\x7f"}});
  EXPECT_THAT(text.lines, ElementsAre("100%% sure250 ok", "tab here", "??"));
}

TEST(ReplyText, CutsLongLinesAndManyLines) {
  const auto text = MakeReplyText(
      Action::kReject, {550, "5.7.1", std::vector<std::string>(40, std::string(2000, 'x'))});
  EXPECT_THAT(text.lines, SizeIs(32));
  EXPECT_THAT(text.lines, Each(SizeIs(980)));
}

TEST(ReplyText, NeverCutsADoubledPercentInHalf) {
  const auto text = MakeReplyText(Action::kReject, {550, "5.7.1", {"x" + std::string(2000, '%')}});
  EXPECT_THAT(text.lines, ElementsAre("x" + std::string(978, '%')));
}

TEST(ReplyText, HasATextWhereThePolicyGaveNone) {
  EXPECT_THAT(MakeReplyText(Action::kReject, {550, "5.7.1", {}}).lines,
              ElementsAre("Message refused"));
  EXPECT_THAT(MakeReplyText(Action::kTempFail, {451, "4.7.1", {}}).lines,
              ElementsAre("Please try again later"));
}

}  // namespace
}  // namespace gatepost::milter
