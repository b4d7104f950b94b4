#include "common/quarantine/held_message.h"

#include "tests/common/quarantine/held_examples.h"

namespace gatepost::quarantine {
namespace {

using namespace std::chrono_literals;

std::optional<HeldMessage> Again(const HeldMessage& message) {
  return HeldMessage::Parse(message.host, message.queue_id, message.Format());
}

// Of everything the most, and more.
HeldMessage Huge() {
  const std::string much(10'000, 'x');
  HeldMessage message = Example();
  message.state = State::kReleased;
  for (std::string* text : {&message.ended_by, &message.sender, &message.user, &message.client,
                            &message.from, &message.to, &message.cc, &message.reply_to,
                            &message.subject, &message.date, &message.message_id}) {
    *text = much;
  }
  message.recipients.assign(1'000, {much, much, message.since});
  message.decisions.assign(1'000, {much, much, much});
  message.attachments.assign(1'000, {much, much, ~std::uint64_t{0}});
  return message;
}

TEST(HeldMessageTest, IsLinesOfFields) {
  HeldMessage message = Example();
  message.recipients[1].served_by = "root";
  message.recipients[1].served_at = message.since + 1s;
  message.recipients[1].seal = "0123456789abcdef";
  message.more_attachments = 3;
  EXPECT_EQ(message.Format(),
            "1763793600123\theld\t0\t\tpolicy\tin\n"
            "sender\tnews@example.net\n"
            "client\t192.0.2.1\n"
            "from\tNews <news@example.net>\n"
            "to\talice@example.org, bob@example.org\n"
            "subject\t=?utf-8?q?Caf=C3=A9?=\n"
            "date\tMon, 2 Nov 2026 10:00:00 +0000\n"
            "id\t<1@example.net>\n"
            "rcpt\talice@example.org\n"
            "rcpt\tbob@example.org\t1763793601123\troot\t0123456789abcdef\n"
            "rule\tmacros\torder.docm\ttype=ooxml property=macro\n"
            "file\t12345\tooxml\torder.docm\n"
            "more\tfile\t3\n");
}

TEST(HeldMessageTest, ReadsWhatItWrites) {
  HeldMessage dangerous = Example();
  dangerous.hold_class = HoldClass::kDangerous;
  dangerous.direction = Direction::kOut;
  dangerous.user = "eva@example.org";
  dangerous.more_recipients = 7;
  dangerous.cc = "tim@example.org";
  dangerous.reply_to = "other@example.com";
  dangerous.recipients[0] = {"alice@example.org", "root", dangerous.since, "00"};
  dangerous.recipients[1] = {"bob@example.org", "eva", dangerous.since};
  HeldMessage deleted = Example();
  deleted.state = State::kDeleted;
  deleted.ended_by = "root";
  deleted.ended_at = deleted.since + 90s;
  HeldMessage bare;
  bare.queue_id = "A1B2C3D4";
  for (const HeldMessage& message : {Example(), dangerous, deleted, bare}) {
    const auto read = Again(message);
    ASSERT_TRUE(read) << message.Format();
    EXPECT_EQ(*read, message);
  }
}

TEST(HeldMessageTest, NeverOutgrowsItsBound) {
  const std::string text = Huge().Format();
  EXPECT_LE(text.size(), HeldMessage::kMostBytes);
  EXPECT_GT(text.size(), HeldMessage::kMostBytes / 2);
  const auto read = Again(Huge());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->recipients.size() + read->more_recipients, 1'000U);
  EXPECT_EQ(read->decisions.size() + read->more_decisions, 1'000U);
  EXPECT_EQ(read->attachments.size() + read->more_attachments, 1'000U);
  EXPECT_TRUE(read->subject.ends_with("xxx..."));
}

TEST(HeldMessageTest, KeepsItsRecipientsWhenAllAreServed) {
  HeldMessage message = Example();
  message.recipients.assign(16, {std::string(60, 'a') + "@example.org", "", {}});
  HeldMessage kept = *Again(message);
  const auto listed = kept.recipients.size();
  ASSERT_GT(listed, 5U);
  for (HeldRecipient& recipient : kept.recipients) {
    recipient.served_by = std::string(40, 'r');
    recipient.served_at = message.since;
    recipient.seal = std::string(16, '5');
  }
  EXPECT_EQ(Again(kept)->recipients.size(), listed);
}

TEST(HeldMessageTest, ControlsBecomeBlanksAndNoCharacterIsCutInTwo) {
  HeldMessage message = Example();
  message.subject = "a\tb\nrcpt\tevil@example.org\x1b[2J";
  for (int i = 0; i < 100; ++i) message.from += "\xc3\xa9";
  const auto read = Again(message);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->subject, "a b rcpt evil@example.org [2J");
  EXPECT_EQ(read->recipients.size(), 2U);
  ASSERT_TRUE(read->from.ends_with("\xc3\xa9..."));
}

TEST(HeldMessageTest, TakesNothingElse) {
  const std::string first = "1\theld\t0\t\tpolicy\tin\n";
  ASSERT_TRUE(HeldMessage::Parse("h", "4XyZ01", first));
  ASSERT_TRUE(HeldMessage::Parse("h", "4XyZ01", first + "later\tversion\n"));
  for (const std::string& text :
       {std::string(), std::string("\n"), first.substr(0, 19),
        std::string("1\theld\t0\t\tpolicy\n"), std::string("-1\theld\t0\t\tpolicy\tin\n"),
        std::string("99999999999999\theld\t0\t\tpolicy\tin\n"),
        std::string("1\tlost\t0\t\tpolicy\tin\n"), std::string("1\theld\t0\t\tsafe\tin\n"),
        first + "rcpt\n", first + "rcpt\ta@b.c\tx\troot\n", first + "rcpt\ta@b.c\t1\t\n",
        first + "rule\ta\tb\n", first + "file\tx\ta\tb\n", first + "more\trcpt\t-1\n",
        first + "subject\ta\tb\n", first + std::string(4'000, 'x') + "\n"}) {
    EXPECT_FALSE(HeldMessage::Parse("h", "4XyZ01", text)) << text;
  }
  EXPECT_FALSE(HeldMessage::Parse("h", "!", first));
}

TEST(HeldMessageTest, TellsItsAgeByTheFirstLine) {
  const auto age = HeldMessage::ParseAge(Example().Format());
  ASSERT_TRUE(age);
  EXPECT_EQ(age->since, Example().since);
  EXPECT_EQ(age->state, State::kHeld);
  EXPECT_FALSE(HeldMessage::ParseAge("1 2"));
}

TEST(HeldMessageTest, KnowsWhenAllAreServed) {
  HeldMessage message = Example();
  EXPECT_FALSE(message.AllServed());
  ASSERT_NE(message.Find("ALICE@example.org"), nullptr);
  EXPECT_EQ(message.Find("carol@example.org"), nullptr);
  for (HeldRecipient& recipient : message.recipients) recipient.served_by = "root";
  EXPECT_TRUE(message.AllServed());
  message.more_recipients = 1;
  EXPECT_FALSE(message.AllServed());
  EXPECT_FALSE(HeldMessage().AllServed());
}

}  // namespace
}  // namespace gatepost::quarantine
