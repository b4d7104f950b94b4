#include "common/mail/delivery_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace gatepost::mail {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kStatus =
    "Reporting-MTA: dns; mx.example.org\r\n"
    "\r\n"
    "Final-Recipient: rfc822; gone@example.net\r\n"
    "Original-Recipient: rfc822;reports@example.net\r\n"
    "Action: failed\r\n"
    "Status: 5.1.1\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <gone@example.net>:\r\n"
    "    User unknown\r\n";

std::string Part(const std::string& type, const std::string& body, const std::string& more = "") {
  return "--b1\r\nContent-Type: " + type + "\r\n" + more + "\r\n" + body + "\r\n";
}

std::string Dsn(const std::string& parts, const std::string& type =
                                              "multipart/report; report-type=delivery-status;\r\n"
                                              "\tboundary=\"b1\"") {
  return "From: MAILER-DAEMON@mx.example.org\r\nContent-Type: " + type + "\r\n\r\nMIME\r\n" +
         Part("text/plain", "It did not work.") + parts + "--b1--\r\n";
}

std::string Whole() {
  return Dsn(Part("message/delivery-status", kStatus) +
             Part("message/rfc822",
                  "Received: by x\r\nMessage-ID: <r1@example.org>\r\n\r\nMessage-ID: <no>\r\n"));
}

DeliveryStatus Parsed(const std::string& message) {
  const auto result = ParseDeliveryStatus(message);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result.value_or(DeliveryStatus{});
}

RecipientStatus OneOf(const std::string& fields) {
  const auto status = Parsed(Dsn(Part("message/delivery-status", "\r\n" + fields)));
  return status.recipients.empty() ? RecipientStatus{} : status.recipients[0];
}

TEST(DeliveryStatus, TellsWhichRecipientFailedAndWhy) {
  const auto status = Parsed(Whole());
  ASSERT_THAT(status.recipients, SizeIs(1));
  const RecipientStatus& recipient = status.recipients[0];
  EXPECT_EQ(recipient.final_recipient, "gone@example.net");
  EXPECT_EQ(recipient.original_recipient, "reports@example.net");
  EXPECT_EQ(recipient.action, "failed");
  EXPECT_EQ(recipient.status, "5.1.1");
  EXPECT_EQ(recipient.diagnostic, "550 5.1.1 <gone@example.net>: User unknown");
  EXPECT_TRUE(recipient.FailedForGood());
  EXPECT_EQ(status.original_message_id, "r1@example.org");
}

TEST(DeliveryStatus, LineEndsOfEitherKindAreTheSame) {
  std::string message = Whole();
  std::erase(message, '\r');
  const auto status = Parsed(message);
  ASSERT_THAT(status.recipients, SizeIs(1));
  EXPECT_EQ(status.recipients[0].status, "5.1.1");
  EXPECT_EQ(status.original_message_id, "r1@example.org");
}

TEST(DeliveryStatus, AMessageCutAnywhereAfterItsStatusStillTellsIt) {
  const std::string whole = Whole();
  const std::size_t status_end = whole.find("User unknown") + 12;
  for (std::size_t size = status_end; size < whole.size(); ++size) {
    EXPECT_EQ(Parsed(whole.substr(0, size)).recipients[0].status, "5.1.1") << size;
  }
}

TEST(DeliveryStatus, OnlyActionFailedWithAStatusOfClassFiveIsForGood) {
  struct Case {
    const char* name;
    const char* fields;
    bool want;
  };
  for (const Case& c : {
           Case{"RFC 3464 2.3.3: delayed", "Action: delayed\r\nStatus: 5.1.1\r\n", false},
           Case{"RFC 3463 2: class 4", "Action: failed\r\nStatus: 4.2.2\r\n", false},
           Case{"delivered", "Action: delivered\r\nStatus: 2.0.0\r\n", false},
           Case{"comment", "Action: Failed (for good)\r\nStatus: 5.7.1 (refused)\r\n", true},
           Case{"no status", "Action: failed\r\n", false},
           Case{"no status code", "Action: failed\r\nStatus: 550\r\n", false},
           Case{"too long", "Action: failed\r\nStatus: 5.1111111.1111111\r\n", false},
           Case{"letters", "Action: failed\r\nStatus: 5.x.y\r\n", false},
           Case{"any case", "aCTION: FAILED\r\nsTATUS: 5.0.0\r\n", true},
       }) {
    const auto one = OneOf(std::string("Final-Recipient: rfc822; a@b.example\r\n") + c.fields);
    EXPECT_EQ(one.FailedForGood(), c.want) << c.name;
  }
}

TEST(DeliveryStatus, SeveralRecipientsStandInTheirOrder) {
  std::string groups = "Reporting-MTA: dns; x\r\n";
  for (int i = 0; i < 3; ++i) {
    groups += "\r\nFinal-Recipient: rfc822; r" + std::to_string(i) + "@b.example\r\n";
  }
  const auto status = Parsed(Dsn(Part("message/delivery-status", groups)));
  ASSERT_THAT(status.recipients, SizeIs(3));
  EXPECT_EQ(status.recipients[2].final_recipient, "r2@b.example");
}

TEST(DeliveryStatus, MoreRecipientsThanTheBoundAreNotRead) {
  std::string groups;
  for (int i = 0; i < 1000; ++i) groups += "Final-Recipient: rfc822; r@b.example\r\n\r\n";
  EXPECT_THAT(Parsed(Dsn(Part("message/delivery-status", groups))).recipients,
              SizeIs(kMaxStatusRecipients));
}

TEST(DeliveryStatus, InternationalizedTypesAreUnderstood) {  // RFC 6533 sections 3 and 4
  const std::string fields =
      "Final-Recipient: utf-8; j\\x{FC}rgen@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n";
  const auto status =
      Parsed(Dsn(Part("message/global-delivery-status", "\r\n" + fields) +
                 Part("message/global-headers", "Message-ID: <u@example.org>\r\n")));
  ASSERT_THAT(status.recipients, SizeIs(1));
  EXPECT_EQ(status.recipients[0].final_recipient, "j\xc3\xbcrgen@b.example");
  EXPECT_EQ(status.original_message_id, "u@example.org");
}

TEST(DeliveryStatus, BrokenEmbeddedCharactersStayAsTheyAre) {
  for (const char* text : {"\\x{}", "\\x{110000}", "\\x{D800}", "\\x{0}", "\\x{zz}", "\\x{41"}) {
    EXPECT_EQ(OneOf(std::string("Final-Recipient: utf-8; ") + text).final_recipient, text);
  }
}

TEST(DeliveryStatus, AStatusPartInBase64IsDecoded) {
  const auto status = Parsed(
      Dsn(Part("message/global-delivery-status", "RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFAYi5leGFtcGxl",
               "Content-Transfer-Encoding: Base64\r\n")));
  EXPECT_EQ(status.recipients[0].final_recipient, "a@b.example");
}

TEST(DeliveryStatus, WhatIsNoNotificationIsRefused) {
  const std::string part = Part("message/delivery-status", kStatus);
  for (const std::string& message : {
           std::string(),
           std::string("\r\n\r\n"),
           std::string("Subject: out of office\r\n\r\nI am away."),
           Dsn(part, "multipart/mixed; boundary=b1"),
           Dsn(part, "multipart/report; report-type=feedback-report; boundary=b1"),
           Dsn(part, "multipart/report; report-type=delivery-status"),
           Dsn(part, "multipart/report; report-type=delivery-status; boundary=other"),
           Dsn(part, "multipart/report; report-type=delivery-status; boundary=\"\""),
           Dsn(Part("text/plain", kStatus)),
           Dsn(Part("message/delivery-status", "Reporting-MTA: dns; x\r\n")),
           Dsn(Part("message/delivery-status", "!", "Content-Transfer-Encoding: base64\r\n")),
       }) {
    EXPECT_FALSE(ParseDeliveryStatus(message)) << message;
  }
}

TEST(DeliveryStatus, LongValuesAreCut) {
  const auto one = OneOf("Final-Recipient: rfc822; " + std::string(100'000, 'a') +
                         "\r\nDiagnostic-Code: x; " + std::string(100'000, 'd'));
  EXPECT_THAT(one.final_recipient, SizeIs(kMaxStatusValueBytes));
  EXPECT_THAT(one.diagnostic, SizeIs(kMaxStatusValueBytes));
}

TEST(DeliveryStatus, ABoundaryInsideALineIsNone) {
  const auto status =
      Parsed(Dsn(Part("message/delivery-status", std::string(kStatus) + "X: --b1\r\n--b1x: y\r\n"
                                                                        "X-Last: --b1--\r\n")));
  EXPECT_THAT(status.recipients, SizeIs(1));
}

}  // namespace
}  // namespace gatepost::mail
