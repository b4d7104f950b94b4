#include "tools/cli/quarantine.h"

#include <sstream>

namespace gatepost::cli {
namespace {

using quarantine::HeldMessage;
using quarantine::State;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

HeldMessage Held() {
  HeldMessage message;
  message.queue_id = "4XyZ01";
  message.host = "mx.example.org";
  message.since = FromMilliseconds(1'763'793'600'123);
  message.sender = "news@example.net";
  message.recipients = {{"alice@example.org", "", {}},
                        {"bob@example.org", "eva", FromMilliseconds(1'763'797'200'000)}};
  message.subject = "=?utf-8?q?Caf=C3=A9?=";
  message.decisions = {{"macros", "order.docm", "property=macro"}, {"size", "", "bytes=1"}};
  message.attachments = {{"order.docm", "ooxml", 12'345}};
  return message;
}

std::string Print(const HeldMessage& message,
                  std::optional<base::WallTime> codes_until = std::nullopt) {
  std::ostringstream out;
  PrintHeld(message, codes_until, out);
  return out.str();
}

TEST(QuarantineTest, AMessageIsARow) {
  EXPECT_THAT(
      DescribeHeld(Held()),
      ElementsAre("4XyZ01", "mx.example.org", "2025-11-22 06:40:00", "policy", "held",
                  "news@example.net", "alice@example.org and 1 more", "macros", "Caf\u00e9"));
  HeldMessage bare;
  bare.queue_id = "4XyZ02";
  bare.state = State::kReleased;
  bare.ended_by = "eva";
  const auto row = DescribeHeld(bare);
  EXPECT_THAT(row, Contains("<>"));
  EXPECT_THAT(row, Contains("released 1970-01-01 00:00:00 by eva"));
}

TEST(QuarantineTest, ShowsAllThatIsKnown) {
  const std::string text = Print(Held());
  EXPECT_THAT(text, HasSubstr("  bob@example.org    released 2025-11-22 07:40:00 by eva\n"));
  EXPECT_THAT(text, HasSubstr("  macros  order.docm   property=macro\n"
                              "  size    the message  bytes=1\n"));
  EXPECT_THAT(text, HasSubstr("  order.docm  ooxml  12345 bytes\n"));
  HeldMessage cut = Held();
  cut.more_recipients = 3;
  cut.more_decisions = 4;
  cut.more_attachments = 5;
  for (const char* more : {"and 3 more\n", "and 4 more\n", "and 5 more\n"}) {
    EXPECT_THAT(Print(cut), HasSubstr(more));
  }
}

TEST(QuarantineTest, SaysWhoMayReleaseIt) {
  EXPECT_THAT(Print(Held()), HasSubstr("policy: administrators alone release it\n"));
  EXPECT_THAT(Print(Held(), FromMilliseconds(1'764'398'400'123)),
              HasSubstr("policy: its recipients may release it, too, where a notice gave them a "
                        "code, until 2025-11-29 06:40:00\n"));
}

TEST(QuarantineTest, WhatStrangersWroteObeysNoTerminal) {
  const std::string evil = "a\x1b[2J\r\nState: released\x9b";
  HeldMessage message = Held();
  for (std::string* text :
       {&message.sender, &message.user, &message.from, &message.cc, &message.reply_to,
        &message.subject, &message.date, &message.message_id}) {
    *text = evil;
  }
  message.subject = "=?utf-8?b?G1sySg==?=";  // the same in base64
  message.recipients[0].address = message.decisions[0].path = message.attachments[0].path = evil;
  std::string all = Print(message);
  for (const std::string& field : DescribeHeld(message)) all += field;
  EXPECT_THAT(all, Not(HasSubstr("\x1b")));
  EXPECT_THAT(all, Not(HasSubstr("\x9b")));
  EXPECT_THAT(all, Not(HasSubstr("\nState: released")));
}

}  // namespace
}  // namespace gatepost::cli
