// Notices about held mail, against a mail server that takes them, refuses them or is not there.
#include "milters/attachments/hold_notices.h"

#include <filesystem>
#include <fstream>

#include "common/base/base64.h"
#include "common/base/strings.h"
#include "common/config/config_error.h"
#include "common/quarantine/release_code.h"
#include "milters/attachments/hold_notice_texts.h"
#include "tests/support/journals.h"
#include "tests/support/mail_sink.h"
#include "tests/support/switched_store.h"
#include "tests/support/temp_folder.h"

namespace gatepost::attachments {
namespace {

using namespace std::chrono_literals;
using quarantine::Direction;
using quarantine::HeldMessage;
using quarantine::HoldClass;
using support::MailSink;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
using About = HoldNoticeOptions::About;
using Words = std::vector<std::string>;

constexpr const char* kSecret = "a secret of the tests";
constexpr const char* kAlice = "alice@example.org";
constexpr const char* kBob = "bob@example.org";

HeldMessage Held() {
  HeldMessage message;
  message.queue_id = "4XyZ01";
  message.host = "mx.example.org";
  message.since = base::WallTime(1'763'793'600s);
  message.sender = "forged@example.net";
  message.client = "192.0.2.1";
  message.recipients = {{kAlice, "", {}}, {kBob, "", {}}};
  message.from = "=?utf-8?q?Caf=C3=A9?= <forged@example.net>";
  message.subject = "Invoice";
  message.decisions = {{"macro-rule", "order.docm", "property=macro"}};
  message.attachments = {{"order.docm", "ooxml", 12'345}};
  return message;
}

HeldMessage Dangerous() {
  HeldMessage message = Held();
  message.hold_class = HoldClass::kDangerous;
  return message;
}

HoldNoticeOptions Options(About about = About::kPolicy) {
  HoldNoticeOptions options;
  options.about = about;
  options.retry_after = {1ms, 1ms};
  return options;
}

Words ReadersOf(const HeldMessage& message, About about = About::kPolicy, bool automatic = false) {
  return HoldNoticeWriter(Options(about), "mx.example.org").ReadersOf(message, automatic);
}

submit::Notice Write(const HeldMessage& message, const std::string& code = "AAAA-BBBB") {
  return HoldNoticeWriter(Options(), "mx.example.org")
      .Write(message, kAlice, code, message.since + 7 * 24h);
}

TEST(HoldNoticeWriterTest, TellsRecipientsOfWhatTheyMayRelease) {
  EXPECT_THAT(ReadersOf(Held()), ElementsAre(kAlice, kBob));
  EXPECT_THAT(ReadersOf(Held(), About::kAll), ElementsAre(kAlice, kBob));
  EXPECT_THAT(ReadersOf(Dangerous(), About::kAll), ElementsAre(kAlice, kBob));
}

TEST(HoldNoticeWriterTest, TellsNobodyElse) {
  HeldMessage outgoing = Held();
  outgoing.direction = Direction::kOut;
  HeldMessage bounce = Held();
  bounce.sender.clear();
  EXPECT_THAT(ReadersOf(Held(), About::kNothing), IsEmpty());
  EXPECT_THAT(ReadersOf(Dangerous()), IsEmpty());
  EXPECT_THAT(ReadersOf(outgoing, About::kAll), IsEmpty());
  EXPECT_THAT(ReadersOf(bounce, About::kAll), IsEmpty());
  EXPECT_THAT(ReadersOf(Held(), About::kAll, true), IsEmpty());
  HeldMessage odd = Held();
  odd.recipients = {{"a b@example.org", "", {}}, {kBob, "", {}}, {kBob, "", {}}, {"bob", "", {}}};
  EXPECT_THAT(ReadersOf(odd), ElementsAre(kBob));
}

TEST(HoldNoticeWriterTest, ReadsLikeThis) {
  const auto notice = Write(Held());
  EXPECT_EQ(notice.to, kAlice);
  EXPECT_EQ(notice.from, "postmaster@mx.example.org");
  EXPECT_EQ(notice.subject, "A message to alice@example.org was held back");
  EXPECT_EQ(notice.text,
            "A message to alice@example.org was held back, because of what is attached to it.\n"
            "\n"
            "  Says it is from: Caf\u00e9 <forged@example.net>\n"
            "  Subject:         Invoice\n"
            "  Attached:        order.docm\n"
            "\n"
            "Anybody can write anything there. If you do not expect this message, you need\n"
            "not do anything.\n"
            "\n"
            "If you do expect it, send this code to postmaster@mx.example.org:\n"
            "\n"
            "  AAAA-BBBB\n"
            "\n"
            "With it the message is delivered to you. The code works once, until 2025-11-29 06:40 "
            "UTC.\n");
}

TEST(HoldNoticeWriterTest, NamesNoHostRuleOrQueue) {
  for (const char* code : {"AAAA-BBBB", ""}) {
    const auto notice = Write(Held(), code);
    for (const char* secret : {"4XyZ01", "macro", "192.0.2.1", "property"}) {
      EXPECT_THAT(notice.subject + notice.text, Not(HasSubstr(secret)));
    }
  }
  EXPECT_THAT(Write(Held(), "").text, Not(HasSubstr("code")));
}

TEST(HoldNoticeWriterTest, WhatAStrangerWroteIsShownWithoutLinksAndShort) {
  HeldMessage message = Held();
  message.subject = "Log in at https://evil.example/ or www.evil.example\r\n\r\nYour code: 1";
  message.from = std::string(5'000, 'x');
  message.attachments.assign(40, {"\x1b[2J\nhttp://evil.example", "pdf", 1});
  message.more_attachments = 2;
  const auto text = Write(message).text;
  EXPECT_THAT(text, HasSubstr("Log in at https ://evil.example/ or www .evil.example????Your"));
  EXPECT_THAT(text, Not(HasSubstr("http://")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("(+37)"));
  EXPECT_LT(text.size(), 1'500);
}

TEST(HoldNoticeWriterTest, EveryLanguageHasEveryText) {
  const auto templates = notices::Templates::Load(kHoldNoticeCatalogue, "");
  notices::Templates::Values values;
  for (const std::string_view name :
       base::Split("account contact sender subject attachments code until", ' ')) {
    values.emplace_back(name, "<" + std::string(name) + ">");
  }
  for (const std::string_view language : kHoldNoticeCatalogue.languages) {
    for (const auto name : {HoldNoticeText::kHeld, HoldNoticeText::kHeldWithoutCode}) {
      const auto place = static_cast<std::size_t>(name);
      const auto filled = templates.Fill(place, language, values);
      EXPECT_THAT(filled.subject, HasSubstr("<account>"));
      for (const std::string_view word :
           base::Split(kHoldNoticeCatalogue.placeholders(place), ' ')) {
        EXPECT_THAT(filled.text, HasSubstr("<" + std::string(word) + ">")) << language;
      }
      EXPECT_THAT(filled.text, Not(HasSubstr("{")));
    }
  }
}

TEST(HoldNoticeWriterTest, TextsAndLanguagesMayBeTheSitesOwn) {
  const support::TempFolder folder;
  std::filesystem::create_directories(folder.path() / "de");
  std::ofstream(folder.path() / "de" / "held.txt") << "Halt\n{code} https://mail.example.org/\n";
  std::ofstream(folder.path() / "languages") << "example.org de\n";
  HoldNoticeOptions options = Options();
  options.templates = folder.path();
  options.languages = folder.path() / "languages";
  const auto notice = HoldNoticeWriter(options, "h").Write(Held(), kBob, "AAAA", {});
  EXPECT_EQ(notice.text, "AAAA https://mail.example.org/\n");
  std::ofstream(folder.path() / "de" / "held.txt") << "Halt\n{rule}\n";
  EXPECT_THROW(HoldNoticeWriter(options, "h"), config::ConfigError);
}

class HoldNoticesTest : public testing::Test {
 protected:
  // The caf\u00e9 makes it base64.
  static std::string BodyOf(const MailSink::Mail& mail) {
    const auto body = mail.message.find("\r\n\r\n");
    return base::DecodeBase64(std::string_view(mail.message).substr(body)).value_or("not base64");
  }
  std::unique_ptr<HoldNotices> Make(HoldNoticeOptions options, const std::string& server,
                                    const std::string& secret = kSecret) {
    options.server = server;
    return std::make_unique<HoldNotices>(
        HoldNotices::Load(options, "mx.example.org"),
        HoldNoticeSite{"mx.example.org", secret, 7 * 24h, store_, journal_, clock_});
  }

  support::SwitchedStore store_;
  support::RecordingJournal journal_;
  base::ManualClock clock_;
};

TEST_F(HoldNoticesTest, EachRecipientGetsACodeOfHisOwnThatWorks) {
  MailSink sink;
  const auto notices = Make(Options(), sink.endpoint());
  notices->Post(Held());
  notices->Flush();
  EXPECT_THAT(sink.readers(), UnorderedElementsAre("<alice@example.org>", "<bob@example.org>"));
  const quarantine::ReleaseCodes codes(store_, {kSecret});
  for (const MailSink::Mail& mail : sink.mails()) {
    EXPECT_EQ(mail.from, "<>");
    EXPECT_THAT(mail.message, HasSubstr("Auto-Submitted: auto-generated\r\n"));
    const std::string reader = mail.to.substr(1, mail.to.size() - 2);
    const std::string code = codes.Make(Held(), reader);
    EXPECT_THAT(BodyOf(mail), HasSubstr("\r\n  " + code + "\r\n"));
    const std::vector<HeldMessage> held{Held()};
    const auto match = codes.Use(code, "client " + reader, held, Held().since + 1h,
                                 std::chrono::steady_clock::now() + 5s);
    ASSERT_TRUE(match);
    EXPECT_EQ(match->recipient, reader);
  }
  EXPECT_EQ(journal_.count("attachments.notices"), 2U);
}

TEST_F(HoldNoticesTest, DangerousMailIsAnEventAndHasNoCode) {
  MailSink sink;
  const auto notices = Make(Options(About::kAll), sink.endpoint());
  notices->Post(Dangerous());
  notices->Flush();
  ASSERT_EQ(sink.mails().size(), 2U);
  for (const MailSink::Mail& mail : sink.mails()) EXPECT_THAT(BodyOf(mail), Not(HasSubstr("code")));
  ASSERT_EQ(journal_.events().size(), 1U);
  EXPECT_EQ(journal_.events()[0].kind, "dangerous_held");
  EXPECT_EQ(journal_.events()[0].text, "4XyZ01 from forged@example.net to 2 recipients is held");
}

TEST_F(HoldNoticesTest, WithoutASecretThereAreNoCodes) {
  MailSink sink;
  const auto notices = Make(Options(), sink.endpoint(), "");
  notices->Post(Held());
  notices->Flush();
  ASSERT_EQ(sink.mails().size(), 2U);
  EXPECT_THAT(BodyOf(sink.mails()[0]), HasSubstr("Invoice"));
  EXPECT_THAT(BodyOf(sink.mails()[0]), Not(HasSubstr("code")));
}

TEST_F(HoldNoticesTest, NobodyGetsMoreThanSoManyADay) {
  MailSink sink;
  HoldNoticeOptions options = Options();
  options.most_per_day = 3;
  const auto notices = Make(options, sink.endpoint());
  for (int i = 0; i < 10; ++i) notices->Post(Held());
  notices->Flush();
  EXPECT_EQ(sink.mails().size(), 6U);
  EXPECT_EQ(journal_.count("attachments.notices_held_back"), 14U);
}

TEST_F(HoldNoticesTest, TriesAgainWhereTheServerMayTakeItLater) {
  MailSink sink({"451 later", "451 later", "550 no"});
  HoldNoticeOptions options = Options();
  options.most_per_day = 1;  // a further try is no further notice
  const auto notices = Make(options, sink.endpoint());
  HeldMessage message = Held();
  message.recipients.resize(1);
  notices->Post(message);
  notices->Flush();
  EXPECT_THAT(sink.readers(), IsEmpty());
  ASSERT_EQ(journal_.events().size(), 1U);
  EXPECT_EQ(journal_.events()[0].kind, "notice_lost");
  EXPECT_EQ(journal_.events()[0].subject, kAlice);
}

TEST_F(HoldNoticesTest, WaitsForNobodyAndGivesUp) {
  store_.away = true;
  const auto notices = Make(Options(), "127.0.0.1:1");
  notices->Post(Held());
  notices->Flush();
  EXPECT_EQ(journal_.count("attachments.notices_lost"), 2U);
  store_.away = false;
  notices->Post(Held());
  notices->Flush();
  EXPECT_EQ(journal_.count("attachments.notices_lost"), 4U);
}

TEST_F(HoldNoticesTest, AReloadHoldsForWhatIsPostedFromThenOn) {
  MailSink sink;
  const auto notices = Make(Options(About::kNothing), sink.endpoint());
  notices->Post(Held());
  HoldNoticeOptions options = Options();
  options.server = sink.endpoint();
  notices->Use(HoldNotices::Load(options, "mx.example.org"));
  notices->Post(Held());
  notices->Flush();
  EXPECT_EQ(sink.mails().size(), 2U);
  options.server = "example.org";
  EXPECT_THROW(HoldNotices::Load(options, "mx.example.org"), config::ConfigError);
}

}  // namespace
}  // namespace gatepost::attachments
