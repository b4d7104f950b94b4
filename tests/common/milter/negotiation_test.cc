#include "common/milter/negotiation.h"

#include "tests/support/milter_wire.h"

namespace gatepost::milter {
namespace {

namespace action = support::action;
namespace protocol = support::protocol;
using Want = Stages::Want;

constexpr Terms kPostfix{action::kAll, protocol::kAll};

constexpr std::uint32_t kAlways = protocol::kNoReplyConnect | protocol::kNoReplyHelo |
                                  protocol::kNoData | protocol::kNoUnknown |
                                  protocol::kHeaderLeadingSpace;

Stages All(Want want) {
  return {
      .mail_from = want, .recipient = want, .headers = want, .end_of_headers = want, .body = want};
}

TEST(Negotiation, DeclinesEveryEventThatNobodyWants) {
  EXPECT_EQ(Negotiate(All(Want::kNo), kPostfix).steps,
            kAlways | protocol::kNoReplyMail | protocol::kNoRecipient | protocol::kNoHeaders |
                protocol::kNoEndOfHeaders | protocol::kNoBody);
}

TEST(Negotiation, StaysSilentWhereItOnlyListens) {
  EXPECT_EQ(Negotiate(All(Want::kListen), kPostfix).steps,
            kAlways | protocol::kNoReplyMail | protocol::kNoReplyRecipient |
                protocol::kNoReplyHeader | protocol::kNoReplyEndOfHeaders | protocol::kNoReplyBody);
}

TEST(Negotiation, AsksForSkipWhereTheBodyIsAnswered) {
  EXPECT_EQ(Negotiate(All(Want::kAnswer), kPostfix).steps, kAlways | protocol::kSkip);
}

TEST(Negotiation, AsksForRefusedRecipientsOnDemandAlone) {
  Stages stages = All(Want::kListen);
  EXPECT_FALSE(Negotiate(stages, kPostfix).Has(protocol::kRefusedRecipients));
  stages.refused_recipients = true;
  EXPECT_TRUE(Negotiate(stages, kPostfix).Has(protocol::kRefusedRecipients));
  stages.recipient = Want::kNo;
  EXPECT_FALSE(Negotiate(stages, kPostfix).Has(protocol::kRefusedRecipients));
}

TEST(Negotiation, AsksForTheEditsThatTheProgramMakes) {
  struct Case {
    bool Stages::*member;
    std::uint32_t want;
  };
  for (const Case& c : {Case{&Stages::adds_headers, action::kAddHeaders},
                        Case{&Stages::changes_headers, action::kChangeHeaders},
                        Case{&Stages::replaces_body, action::kChangeBody},
                        Case{&Stages::quarantines, action::kQuarantine}}) {
    Stages stages;
    EXPECT_EQ(Negotiate(stages, kPostfix).actions, action::kSetMacroList);
    stages.*c.member = true;
    EXPECT_EQ(Negotiate(stages, kPostfix).actions, action::kSetMacroList | c.want);
  }
}

// libmilter hangs up when more is asked for than was offered; it answers "continue" by itself where
// a silence was not offered.
TEST(Negotiation, AsksForNothingThatWasNotOffered) {
  Stages stages = All(Want::kNo);
  stages.adds_headers = true;
  const Terms offer{action::kChangeBody, protocol::kNoBody};
  const Terms bare = Negotiate(stages, offer);
  EXPECT_EQ(bare.actions, 0U);
  EXPECT_TRUE(bare.Has(protocol::kNoHeaders)) << "the session declines it";
  EXPECT_EQ(StepsToAskFor(bare, offer), protocol::kNoBody | protocol::kNoReplyConnect |
                                            protocol::kNoReplyHelo | protocol::kNoReplyMail);
}

}  // namespace
}  // namespace gatepost::milter
