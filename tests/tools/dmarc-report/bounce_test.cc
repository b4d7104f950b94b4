// Only a bounce that came to the envelope sender of a report of ours is believed.
#include "tools/dmarc-report/bounce.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/store/memory_store.h"
#include "tools/dmarc-report/refusals.h"
#include "tools/dmarc-report/report_marks.h"
#include "tools/dmarc-report/sender_lease.h"

namespace gatepost::dmarc_report {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

std::string Dsn(const std::string& action = "failed", const std::string& status = "5.1.1",
                const std::string& message_id = "id@example.org") {
  return "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
         "Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; r@example.com\n"
         "Action: " +
         action + "\nStatus: " + status +
         "\n\n--b\n"
         "Content-Type: text/rfc822-headers\n\nMessage-ID: <" +
         message_id + ">\n\n--b--\n";
}

class BounceTest : public testing::Test {
 protected:
  BounceTest() {
    EXPECT_TRUE(ReportMarks(store_).RememberToken(token_, {"r@example.com", "id@example.org"},
                                                  StoreDeadline()));
  }
  BounceOutcome Learn(const std::string& message, const std::string& recipient) {
    return LearnFromBounce({message, recipient}, 24h, store_, clock_, StoreDeadline()).value();
  }
  BounceOutcome Learn(const std::string& message) {
    return Learn(message, BounceAddress("b@example.org", token_));
  }
  Refusals::ByAddress Refused() { return Refusals(store_).Read(StoreDeadline()).value(); }

  base::ManualClock clock_;
  store::MemoryStore store_{clock_};
  const std::string token_ = MakeToken();
};

TEST_F(BounceTest, AFailureForGoodIsLearnedAndCounted) {
  EXPECT_EQ(Learn(Dsn()), BounceOutcome::kRefused);
  EXPECT_EQ(Learn(Dsn()), BounceOutcome::kRefused);
  ASSERT_THAT(Refused(), SizeIs(1));
  EXPECT_EQ(Refused().at("r@example.com").count, 2);
  EXPECT_TRUE(Refusals::IsRefused(Refused(), "R@example.com", clock_.Wall()));
  EXPECT_FALSE(Refusals::IsRefused(Refused(), "r@example.com", clock_.Wall() + 25h));
}

TEST_F(BounceTest, TemporaryTroubleIsNot) {
  for (const auto& [action, status] :
       {std::pair("delayed", "4.4.1"), std::pair("failed", "4.4.7"),
        std::pair("delivered", "2.0.0"), std::pair("delayed", "5.1.1"),
        std::pair("failed", "nonsense")}) {
    EXPECT_EQ(Learn(Dsn(action, status)), BounceOutcome::kTemporary) << action << status;
  }
  EXPECT_THAT(Refused(), IsEmpty());
}

TEST_F(BounceTest, AForgedOneIsIgnored) {
  for (const std::string& recipient :
       {std::string(), std::string("b@example.org"), std::string("b+@example.org"),
        std::string("b+0123@example.org"), BounceAddress("b@example.org", MakeToken()),
        BounceAddress("b@example.org", token_ + "00"),
        BounceAddress("b@example.org", std::string(32, '*'))}) {
    EXPECT_EQ(Learn(Dsn(), recipient), BounceOutcome::kForged) << recipient;
  }
  EXPECT_EQ(Learn(Dsn("failed", "5.1.1", "other@example.org")), BounceOutcome::kForged);
  EXPECT_THAT(Refused(), IsEmpty());
}

TEST_F(BounceTest, WhatIsNoBounceIsIgnored) {
  EXPECT_EQ(Learn(""), BounceOutcome::kNoBounce);
  EXPECT_EQ(Learn("Subject: out of office\n\nGone fishing\n"), BounceOutcome::kNoBounce);
  EXPECT_EQ(Learn(std::string(1 << 20, '\n')), BounceOutcome::kNoBounce);
}

TEST_F(BounceTest, AMailServerMayChangeTheCaseOfTheToken) {
  std::string recipient = BounceAddress("b@example.org", token_);
  std::ranges::transform(recipient, recipient.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  EXPECT_EQ(Learn(Dsn(), recipient), BounceOutcome::kRefused);
}

TEST_F(BounceTest, TheNumberOfRefusingAddressesIsBounded) {
  Refusals refusals(store_);
  for (std::size_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(refusals.Add(std::to_string(i) + "@x.example", 1h, clock_.Wall(), StoreDeadline()));
  }
  clock_.Advance(24h * 32);
  ASSERT_TRUE(refusals.Prune(Refused(), clock_.Wall(), StoreDeadline()));
  EXPECT_THAT(Refused(), IsEmpty());
}

TEST(BounceToken, NoTwoAreEqual) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(MakeToken());
  EXPECT_THAT(tokens, SizeIs(1000));
}

TEST(BounceToken, TheNullSenderStaysTheNullSender) { EXPECT_EQ(BounceAddress("", "x"), ""); }

}  // namespace
}  // namespace gatepost::dmarc_report
