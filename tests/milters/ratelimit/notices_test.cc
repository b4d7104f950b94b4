// Notices against a mail server that takes them, refuses them or is not there.
#include "milters/ratelimit/notices.h"

#include <fstream>
#include <map>

#include "common/config/config_error.h"
#include "common/store/memory_store.h"
#include "common/store/open.h"
#include "tests/support/journals.h"
#include "tests/support/mail_sink.h"
#include "tests/support/temp_folder.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using support::MailSink;
using testing::_;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

class NoticesTest : public testing::Test {
 protected:
  NoticeRules RulesFor(const std::string& server) {
    NoticeRules rules;
    rules.admins = {"ops@example.org", "alice@example.org"};
    rules.server = server;
    rules.languages = Write("languages", "example.org de admin@example.org\nops@example.org en\n");
    rules.retry_after = {1ms, 1ms};
    return rules;
  }
  // Of nobody but the server.
  NoticeRules PlainRules(const std::string& server) {
    NoticeRules rules = RulesFor(server);
    rules.admins.clear();
    rules.languages.clear();
    return rules;
  }
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = (folder_.path() / name).string();
    std::ofstream(path) << text;
    return path;
  }
  static NoticeSite SiteWith(const std::string& contacts, const std::string& default_domain = "",
                             const std::string& aliases = "") {
    config::AccountOptions options;
    options.default_domain = default_domain;
    options.aliases = aliases;
    auto names = accounts::AccountNames::Load(options);
    auto table = accounts::ContactTable::Load(config::TableFile(contacts, "contacts"), *names);
    return {"mx.example.org", default_domain, std::move(names), std::move(table)};
  }
  Notices Make(const std::string& server) { return Make(RulesFor(server), SiteWith("")); }
  Notices Make(const NoticeRules& rules, const NoticeSite& site) {
    return Notices(rules, site, store_, journal_, clock_);
  }
  // What each reader gets, as text.
  static std::map<std::string, std::string> Send(Notices& notices, const MailSink& sink,
                                                 NoticeFacts facts) {
    notices.Post(std::move(facts));
    notices.Flush();
    std::map<std::string, std::string> texts;
    for (const MailSink::Mail& mail : sink.mails()) texts[mail.to] = mail.message;
    return texts;
  }
  static NoticeFacts Near() {
    return {NoticeKind::kLimitNear,
            "alice@example.org",
            {{"used", "212"}, {"percent", "84"}},
            "hourly",
            1h,
            {},
            NoticeFacts::NamedLimit{250, *limits::Limit::Parse("250 recipients / hour by user")}};
  }
  static NoticeFacts Suspended(NoticeKind kind = NoticeKind::kSuspended) {
    return {kind,
            "alice@example.org",
            {{"evidence", "score 9"}, {"reference", "4XyZ"}, {"by", "detector"}},
            "1",
            1h,
            "networks new"};
  }
  static NoticeFacts ToOwner() {
    return {NoticeKind::kSuspendedOwner,
            "alice@example.org",
            {{"reference", "4XyZ"},
             {"since", "2026-11-22 10:02 UTC"},
             {"messages", "61"},
             {"recipients", "58"},
             {"networks", "198.51.100.0/24 (61)"}},
            "1",
            1h,
            "networks new"};
  }

  support::TempFolder folder_;
  base::ManualClock clock_;
  store::MemoryStore store_{clock_};
  support::RecordingJournal journal_;
};

TEST_F(NoticesTest, TellsTheOwnerAndTheDomainsAdministratorOfALimit) {
  MailSink sink;
  Notices notices = Make(sink.endpoint());
  notices.Post(Near());
  notices.Flush();
  EXPECT_THAT(sink.readers(), UnorderedElementsAre("<alice@example.org>", "<admin@example.org>"));
  const MailSink::Mail mail = sink.mails().front();
  EXPECT_EQ(mail.from, "<>");
  EXPECT_THAT(mail.message, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(mail.message, HasSubstr("From: postmaster@mx.example.org\r\n"));
  EXPECT_THAT(mail.message,
              HasSubstr("Subject: Mailkonto alice@example.org: 84 % einer Grenze erreicht\r\n"));
}

TEST_F(NoticesTest, TellsEachOnceInItsTimeAmongAllHosts) {
  MailSink sink;
  Notices one = Make(sink.endpoint());
  Notices other = Make(sink.endpoint());
  for (int i = 0; i < 100; ++i) one.Post(Near());
  one.Flush();
  other.Post(Near());
  other.Flush();
  EXPECT_EQ(sink.mails().size(), 2);
  NoticeFacts daily = Near();
  daily.once = "daily";
  other.Post(daily);
  other.Flush();
  EXPECT_EQ(sink.mails().size(), 4);
  clock_.Advance(61min);
  other.Post(Near());
  other.Flush();
  EXPECT_EQ(sink.mails().size(), 6);
  EXPECT_EQ(journal_.count("ratelimit.notices_sent"), 6);
}

TEST_F(NoticesTest, AfterTheMemoryIsGoneTheStoreStillKnows) {
  MailSink sink;
  for (int i = 0; i < 2; ++i) {
    Notices notices = Make(sink.endpoint());
    notices.Post(Near());
    notices.Flush();
  }
  EXPECT_EQ(sink.mails().size(), 2);
}

TEST_F(NoticesTest, WhileTheStoreIsAwayEachHostTellsOnce) {
  MailSink sink;
  store::StoreOptions nowhere;
  nowhere.url = "redis://127.0.0.1:1";
  const auto away = store::Open(nowhere, clock_);
  Notices notices(RulesFor(sink.endpoint()), SiteWith(""), *away, journal_, clock_);
  for (int i = 0; i < 3; ++i) {
    notices.Post(Near());
    notices.Flush();
  }
  EXPECT_EQ(sink.mails().size(), 2);
}

TEST_F(NoticesTest, AdministratorsLearnTheEvidenceAndTheAccountItselfDoesNot) {
  MailSink sink;
  Notices notices = Make(sink.endpoint());  // Alice is an administrator, too
  const auto texts = Send(notices, sink, Suspended());
  EXPECT_THAT(texts, UnorderedElementsAre(Pair("<ops@example.org>", HasSubstr("score 9")),
                                          Pair("<admin@example.org>", _)));
}

TEST_F(NoticesTest, TheOwnerLearnsWhatWasUnusualInTheMailboxAndHowMuchElsewhere) {
  const NoticeWriter writer(PlainRules("127.0.0.1:1"),
                            SiteWith("alice@example.org alice@elsewhere.example"));
  std::map<std::string, std::string> texts;
  for (const submit::Notice& notice : writer.Write(ToOwner())) {
    texts[notice.to] = notice.subject + "\n" + notice.text;
  }
  ASSERT_THAT(texts, UnorderedElementsAre(Pair("alice@example.org", _),
                                          Pair("alice@elsewhere.example", _)));
  for (const auto& [to, text] : texts) {
    EXPECT_THAT(text, HasSubstr("mail from unfamiliar networks; many new recipients"));
    EXPECT_THAT(text, HasSubstr("2026-11-22 10:02 UTC"));
    EXPECT_THAT(text, HasSubstr("4XyZ"));
  }
  const std::string& elsewhere = texts.at("alice@elsewhere.example");
  EXPECT_THAT(elsewhere, HasSubstr("Sent:      61 messages to 58 recipients in the day before"));
  EXPECT_THAT(elsewhere, HasSubstr("From:      198.51.100.0/24 (61)"));
  // The thief reads this one.
  const std::string& mailbox = texts.at("alice@example.org");
  for (const char* secret : {"58", "61", "198.51.100", "elsewhere", "score"}) {
    EXPECT_THAT(mailbox, Not(HasSubstr(secret)));
  }
}

TEST_F(NoticesTest, TheOwnerElsewhereReadsTheLanguageOfTheAccount) {
  NoticeRules rules = PlainRules("127.0.0.1:1");
  rules.languages = Write("languages", "example.org fr\nelsewhere.example es\n");
  const NoticeWriter writer(rules, SiteWith("alice@example.org alice@elsewhere.example"));
  for (const submit::Notice& notice : writer.Write(ToOwner())) {
    EXPECT_TRUE(notice.subject.starts_with("Vo")) << notice.to << ": " << notice.subject;
  }
}

TEST_F(NoticesTest, WithoutAdministratorsThePostmasterHears) {
  struct Case {
    const char* default_domain;
    const char* want;
  };
  for (const Case& c :
       {Case{"", "postmaster@mx.example.org"}, Case{"example.net", "postmaster@example.net"}}) {
    NoticeRules rules = PlainRules("127.0.0.1:1");
    rules.postmasters = false;
    const auto notices = NoticeWriter(rules, SiteWith("", c.default_domain)).Write(Suspended());
    ASSERT_EQ(notices.size(), 1);
    EXPECT_EQ(notices[0].to, c.want);
    EXPECT_THAT(notices[0].text, HasSubstr("score 9"));
  }
}

// Nobody named him, so he may be the account's owner, or the thief by now.
TEST_F(NoticesTest, ADomainsPostmasterLearnsWhatWasUnusualAndNotHowMuch) {
  for (const NoticeKind kind :
       {NoticeKind::kSuspicious, NoticeKind::kThrottled, NoticeKind::kSuspended}) {
    const auto notices =
        NoticeWriter(PlainRules("127.0.0.1:1"), SiteWith("")).Write(Suspended(kind));
    ASSERT_EQ(notices.size(), 2);
    for (const submit::Notice& notice : notices) {
      const bool is_admin = notice.to == "postmaster@mx.example.org";
      EXPECT_TRUE(is_admin || notice.to == "postmaster@example.org") << notice.to;
      EXPECT_THAT(notice.text, HasSubstr(is_admin ? "score 9" : "unfamiliar networks; many new"));
    }
  }
}

TEST_F(NoticesTest, WhoIsNamedTwiceIsToldOnceAndInFull) {
  NoticeRules rules = PlainRules("127.0.0.1:1");
  rules.admins = {"postmaster@example.org"};
  const auto notices = NoticeWriter(rules, SiteWith("")).Write(Suspended());
  ASSERT_EQ(notices.size(), 1);
  EXPECT_THAT(notices[0].text, HasSubstr("score 9"));
}

TEST_F(NoticesTest, APostmasterWhoIsTheAccountIsNotTold) {
  const NoticeSite site =
      SiteWith("", "example.org", Write("aliases", "postmaster@example.org alice@example.org\n"));
  EXPECT_THAT(NoticeWriter(PlainRules("127.0.0.1:1"), site).Write(Suspended()), IsEmpty());
}

TEST_F(NoticesTest, ALimitIsToldToTheDomainsPostmasterWhereNoTableNamesAnother) {
  const auto readers = [&](bool postmasters) {
    NoticeRules rules = PlainRules("127.0.0.1:1");
    rules.postmasters = postmasters;
    std::vector<std::string> to;
    for (const auto& notice : NoticeWriter(rules, SiteWith("")).Write(Near())) {
      to.push_back(notice.to);
    }
    return to;
  };
  EXPECT_THAT(readers(true), UnorderedElementsAre("alice@example.org", "postmaster@example.org"));
  EXPECT_THAT(readers(false), ElementsAre("alice@example.org"));
}

TEST_F(NoticesTest, AReloadBringsOtherReadersAndWords) {
  MailSink sink;
  Notices notices = Make(PlainRules(sink.endpoint()), SiteWith(""));
  NoticeRules rules = PlainRules(sink.endpoint());
  rules.admins = {"ada@example.com"};
  rules.postmasters = false;
  notices.Use(Notices::Load(rules, SiteWith("")));
  EXPECT_THAT(Send(notices, sink, Suspended()), ElementsAre(Pair("<ada@example.com>", _)));
}

TEST_F(NoticesTest, WhoWouldGetHundredsInAnHourGetsAFewAndTheJournalTellsOfTheRest) {
  MailSink sink;
  NoticeRules rules = PlainRules(sink.endpoint());
  rules.postmasters = false;
  Notices notices = Make(rules, SiteWith(""));
  const auto post = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      NoticeFacts facts = Suspended();
      facts.account = "user" + std::to_string(i) + "@example.org";
      notices.Post(facts);
      facts.kind = NoticeKind::kSuspendedOwner;
      notices.Post(facts);
    }
    notices.Flush();
  };
  post(0, 50);
  EXPECT_EQ(sink.To("postmaster@mx.example.org").size(), 30);
  EXPECT_EQ(sink.mails().size(), 30 + 50);
  EXPECT_EQ(journal_.count("ratelimit.notices_held_back"), 20);
  ASSERT_EQ(journal_.events().size(), 1);
  EXPECT_EQ(journal_.events()[0].kind, "notices_held_back");
  EXPECT_EQ(journal_.events()[0].subject, "postmaster@mx.example.org");
  clock_.Advance(61min);
  post(50, 51);
  EXPECT_EQ(sink.To("postmaster@mx.example.org").size(), 31);
}

TEST_F(NoticesTest, AnAccountThatIsNoAddressIsNotWrittenTo) {
  MailSink sink;
  Notices notices = Make(sink.endpoint());
  NoticeFacts facts = Near();
  facts.account = "alice";
  notices.Post(facts);
  notices.Flush();
  EXPECT_THAT(sink.mails(), IsEmpty());
}

TEST_F(NoticesTest, TriesAgainWhereTheServerHasNoTime) {
  MailSink sink({"451 later", "250 ok", "450 later"});
  Notices notices = Make(sink.endpoint());
  notices.Post(Near());
  notices.Flush();
  EXPECT_THAT(sink.readers(), UnorderedElementsAre("<alice@example.org>", "<admin@example.org>"));
  EXPECT_THAT(journal_.events(), IsEmpty());
}

TEST_F(NoticesTest, ARefusalForGoodIsTold) {
  MailSink sink({"550 no such user"});
  Notices notices = Make(sink.endpoint());
  notices.Post(Suspended());
  notices.Flush();
  ASSERT_EQ(journal_.events().size(), 1);
  EXPECT_EQ(journal_.events()[0].kind, "notice_lost");
  EXPECT_EQ(journal_.events()[0].subject, "alice@example.org");
  EXPECT_THAT(journal_.events()[0].text, MatchesRegex("to (ops|admin)@example.org: .*"));
}

TEST_F(NoticesTest, WithoutAMailServerItGivesUpAfterAFewTries) {
  Notices notices = Make("127.0.0.1:1");
  notices.Post(Near());
  notices.Flush();
  EXPECT_EQ(journal_.count("ratelimit.notices_lost"), 2);
}

TEST_F(NoticesTest, WhatWasPostedBeforeTheEndIsStillSent) {
  MailSink sink;
  {
    Notices notices = Make(sink.endpoint());
    notices.Post(Suspended());
  }
  EXPECT_EQ(sink.mails().size(), 2);
}

TEST_F(NoticesTest, WrongRulesAreABadConfiguration) {
  NoticeRules rules = RulesFor("192.0.2.1:25");
  EXPECT_THROW(Notices::Load(rules, SiteWith("")), config::ConfigError);
  rules.server = "127.0.0.1:25";
  EXPECT_NO_THROW(Notices::Load(rules, SiteWith("")));
  rules.templates = (folder_.path() / "none").string();
  EXPECT_THROW(Notices::Load(rules, SiteWith("")), config::ConfigError);
}

}  // namespace
}  // namespace gatepost::ratelimit
