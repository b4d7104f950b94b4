#include "milters/ratelimit/notice_texts.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "common/base/strings.h"
#include "common/config/config_error.h"
#include "common/notices/readers.h"
#include "milters/ratelimit/detector_policy.h"
#include "milters/ratelimit/notice_templates.h"
#include "milters/ratelimit/notice_words.h"
#include "tests/support/temp_folder.h"

namespace gatepost::ratelimit {
namespace {

using testing::HasSubstr;
using testing::Not;

const NoticeTemplates::Values kValues{{"account", "alice@example.org"},
                                      {"host", "mx.example.org"},
                                      {"contact", "help@example.org"},
                                      {"limit", "250 recipients an hour"},
                                      {"used", "212"},
                                      {"percent", "84"},
                                      {"evidence", "score 9: 300 new recipients"},
                                      {"reference", "4XyZ"},
                                      {"by", "detector"},
                                      {"why", "many new recipients"},
                                      {"since", "2026-11-22 10:02 UTC"},
                                      {"messages", "61"},
                                      {"recipients", "58"},
                                      {"networks", "198.51.100.0/24 (61)"}};

constexpr std::array kTexts{NoticeText::kLimitNear,      NoticeText::kSuspicious,
                            NoticeText::kThrottled,      NoticeText::kSuspended,
                            NoticeText::kSuspendedOwner, NoticeText::kSuspendedContact};

std::string WriteFile(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
  return file.string();
}

std::string WhatIsWrong(const std::string& folder) try {
  NoticeTemplates::Load(folder);
  return "";
} catch (const config::ConfigError& error) {
  return error.what();
}

TEST(NoticeTextsTest, EveryLanguageHasEveryTextAndFillsItWhole) {
  const auto templates = NoticeTemplates::Load("");
  for (const std::string_view language : kNoticeLanguages) {
    for (const NoticeText text : kTexts) {
      SCOPED_TRACE(std::string(language) + " " + std::to_string(static_cast<int>(text)));
      const auto filled = templates.Fill(text, language, kValues);
      EXPECT_THAT(filled.subject, HasSubstr("alice@example.org"));
      EXPECT_LT(filled.subject.size(), 100);
      EXPECT_THAT(filled.subject + filled.text, Not(HasSubstr("{")));
      EXPECT_THAT(filled.text, Not(HasSubstr("  -\n")));
      for (const std::string_view name : base::Split(PlaceholdersOf(text), ' ')) {
        const auto value =
            std::ranges::find(kValues, name, &NoticeTemplates::Values::value_type::first);
        ASSERT_NE(value, kValues.end()) << name;
        EXPECT_THAT(filled.subject + filled.text, HasSubstr(value->second));
      }
    }
  }
}

TEST(NoticeTextsTest, BuiltInTextsNameOnlyWhatTheirKindHas) {
  const support::TempFolder folder;
  for (const std::string_view language : kNoticeLanguages) {
    for (const NoticeText text : kTexts) {
      const std::string name(kNoticeNames[static_cast<std::size_t>(text)]);
      WriteFile(folder.path() / language / (name + ".txt"),
                std::string(BuiltInText(text, language)));
    }
  }
  EXPECT_EQ(WhatIsWrong(folder.path().string()), "");
}

TEST(NoticeTextsTest, TheMailboxOfASuspendedAccountLearnsNoFigures) {
  const auto templates = NoticeTemplates::Load("");
  const auto filled = templates.Fill(NoticeText::kSuspendedOwner, "en", kValues);
  EXPECT_EQ(filled.subject, "You cannot send mail from alice@example.org at the moment");
  EXPECT_EQ(filled.text,
            "Sending from your mail account alice@example.org is blocked, because\n"
            "somebody else may know its password. Mail to you still arrives.\n"
            "\n"
            "  Why:   many new recipients\n"
            "  Since: 2026-11-22 10:02 UTC\n"
            "\n"
            "Please change the password now, and enter the new one on all of your devices.\n"
            "Then ask help@example.org to let you send again, and name this\n"
            "reference: 4XyZ\n"
            "\n"
            "Nobody needs your password for that; tell it to nobody.\n");
  for (const std::string_view language : kNoticeLanguages) {
    const auto text = templates.Fill(NoticeText::kSuspendedOwner, language, kValues).text;
    for (const char* figure : {"score", "61", "58", "198.51.100"}) {
      EXPECT_THAT(text, Not(HasSubstr(figure)));
    }
  }
}

TEST(NoticeTextsTest, TheOwnerElsewhereLearnsWhatWasSentAndFromWhere) {
  const auto filled = NoticeTemplates::Load("").Fill(NoticeText::kSuspendedContact, "en", kValues);
  EXPECT_EQ(filled.subject, "Your mail account alice@example.org was suspended");
  EXPECT_THAT(filled.text, HasSubstr("\n"
                                     "  Why:       many new recipients\n"
                                     "  Since:     2026-11-22 10:02 UTC\n"
                                     "  Sent:      61 messages to 58 recipients in the day before\n"
                                     "  From:      198.51.100.0/24 (61)\n"
                                     "  Reference: 4XyZ\n"));
}

TEST(NoticeTextsTest, DescribesSignalsInTheReadersLanguage) {
  const struct {
    const char* language;
    const char* signals;
    const char* want;
  } cases[] = {
      {"en", "networks new", "mail from unfamiliar networks; many new recipients"},
      {"de", "rate", "weit mehr Empfänger in einer Stunde als sonst"},
      {"fr", "bounces complaints", "beaucoup de courrier renvoyé; plaintes de destinataires"},
      {"es", "administrator", "decisión de la administración"},
      {"it", "night", "mail at an unusual time of day"},
      {"en", "a-later-one  day\r\n", "unusual mail"},
      {"de", "", "ungewöhnliche Post"},
  };
  for (const auto& c : cases) EXPECT_EQ(DescribeSignals(c.language, c.signals), c.want);
}

// Whatever the detector finds has words, and all of them together fit one value of a template.
TEST(NoticeTextsTest, EverySignalHasWordsInEveryLanguage) {
  Signals signals;
  signals.recipients = signals.new_recipients = signals.unknown_recipients = 1'000;
  signals.networks = signals.unfamiliar_networks = 9;
  signals.addresses = 90;
  signals.countries = signals.unfamiliar_countries = 9;
  signals.active_hours = signals.timed_messages = 100;
  signals.bounces = signals.complaints = 1'000;
  signals.day_recipients = 10'000;
  const Assessment all = Assess({}, signals, {});
  ASSERT_EQ(all.parts.size(), kSigns.size());
  for (const std::string_view language : kNoticeLanguages) {
    const std::string words = DescribeSignals(language, all.Names());
    EXPECT_EQ(std::ranges::count(words, ';'), 9) << words;
    EXPECT_LT(words.size(), 500);
  }
}

TEST(NoticeTextsTest, AWarningInFrenchReadsLikeThis) {
  const auto filled = NoticeTemplates::Load("").Fill(NoticeText::kLimitNear, "fr", kValues);
  EXPECT_EQ(filled.subject, "Compte alice@example.org : 84 % d'une limite atteints");
  EXPECT_THAT(filled.text, HasSubstr("  Utilisé : 212\n  Limite :  250 recipients an hour\n"));
}

TEST(NoticeTextsTest, DescribesALimitInTheReadersLanguage) {
  const struct {
    const char* language;
    std::int64_t amount;
    const char* limit;
    const char* want;
  } cases[] = {
      {"en", 250, "250 recipients / hour by user", "250 recipients an hour"},
      {"de", 250, "250 recipients / hour by user", "250 Empfänger in der Stunde"},
      {"fr", 1'000, "250 recipients / day by user", "1\u00a0000 destinataires par jour"},
      {"es", 1, "5 messages / 15 minutes by user", "1 mensaje en 15 minutos"},
      {"de", 1'234'567, "1MB / 2 days by user", "1.234.567 Bytes in 2 Tagen"},
      {"en", 1, "5 new-recipients / minute by user", "1 new recipient a minute"},
      {"it", 2, "2 messages / week by user", "2 messages in 7 days"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(DescribeLimit(c.language, c.amount, *limits::Limit::Parse(c.limit)), c.want);
  }
}

TEST(NoticeTextsTest, WhatMailBroughtMakesNoLineOfItsOwn) {
  const auto filled = NoticeTemplates::Load("").Fill(
      NoticeText::kSuspicious, "en",
      {{"account", "a\r\nBcc: x@example.net"}, {"evidence", std::string(2'000, 'e')}});
  EXPECT_THAT(filled.subject, HasSubstr("a??Bcc: x@example.net"));
  EXPECT_LT(filled.text.size(), 1'500);
  EXPECT_THAT(filled.text, HasSubstr("Reference: -\n"));
}

TEST(NoticeTemplatesTest, OwnTextsComeBeforeThoseThatAreBuiltIn) {
  const support::TempFolder folder;
  WriteFile(folder.path() / "de" / "limit-near.txt", "Achtung {account}\n\n{x y} {limit}\n");
  WriteFile(folder.path() / "it" / "suspended.txt", "Sospeso\nAccount: {account}\n");
  const auto templates = NoticeTemplates::Load(folder.path().string());
  const auto near = templates.Fill(NoticeText::kLimitNear, "de", kValues);
  EXPECT_EQ(near.subject, "Achtung alice@example.org");
  EXPECT_EQ(near.text, "{x y} 250 recipients an hour\n");
  EXPECT_EQ(templates.Fill(NoticeText::kSuspended, "it", kValues).text,
            "Account: alice@example.org\n");
  EXPECT_THAT(templates.Fill(NoticeText::kSuspicious, "it", kValues).subject,
              HasSubstr("unusual way"));
  EXPECT_TRUE(templates.Knows("it"));
  EXPECT_FALSE(templates.Knows("pt"));
}

TEST(NoticeTemplatesTest, SaysInWhichFileAndLineATextIsWrong) {
  const support::TempFolder folder;
  const std::string file =
      WriteFile(folder.path() / "de" / "limit-near.txt", "Grenze\n\n  {limt} {account} {by}\n");
  EXPECT_EQ(WhatIsWrong(folder.path().string()),
            file + ":3:3: unknown placeholder \"{limt}\", did you mean \"{limit}\"?\n" + file +
                ":3:20: unknown placeholder \"{by}\"");
  WriteFile(file, "\nGrenze\n");
  EXPECT_EQ(WhatIsWrong(folder.path().string()), file + ":1: the first line is the subject");
  std::filesystem::remove(file);
  const std::string misnamed = WriteFile(folder.path() / "de" / "suspendet.txt", "x\n");
  EXPECT_EQ(WhatIsWrong(folder.path().string()),
            misnamed + ": there is no notice of this name, did you mean \"suspended.txt\"?");
  EXPECT_THAT(WhatIsWrong("/nonexistent/texts"), HasSubstr("/nonexistent/texts: "));
}

notices::Readers ReadersOf(const std::string& table) {
  return notices::Readers::Load(config::TableFile(table, "languages.table"),
                                NoticeTemplates::Load(""));
}

TEST(NoticeReadersTest, TheNearestRowCounts) {
  const auto readers = ReadersOf(
      "Alice@Example.org de\n"
      "example.org fr admin@example.org\n"
      "bücher.example es\n"
      "* en postmaster@example.net\n");
  const struct {
    const char* address;
    const char* language;
    const char* administrator;
  } cases[] = {
      {"alice@example.org", "de", "admin@example.org"},
      {"bob@example.org", "fr", "admin@example.org"},
      {"eva@xn--bcher-kva.example", "es", "postmaster@example.net"},
      {"eva@example.net", "en", "postmaster@example.net"},
      {"alice", "en", "postmaster@example.net"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(readers.LanguageOf(c.address), c.language) << c.address;
    EXPECT_EQ(readers.AdministratorOf(c.address), c.administrator) << c.address;
  }
  EXPECT_EQ(ReadersOf("").LanguageOf("alice@example.org"), "en");
  EXPECT_EQ(ReadersOf("example.org de").AdministratorOf("a@example.net"), "");
}

TEST(NoticeReadersTest, SaysWhatIsWrongWithARow) {
  const std::pair<const char*, const char*> cases[] = {
      {"example.org",
       "languages.table:1: a row is: an address, a domain or *, a language, an "
       "administrator's address"},
      {"exam_ple..org de", "languages.table:1: \"exam_ple..org\" is no address, domain or *"},
      {"example.org deutsch",
       "languages.table:1: no notices in \"deutsch\"; there are en de fr es"},
      {"example.org de admin", "languages.table:1: the administrator's address is none"},
      {"example.org de\nEXAMPLE.org fr", "languages.table:2: is there twice"},
  };
  for (const auto& [table, want] : cases) {
    try {
      ReadersOf(table);
      ADD_FAILURE() << table;
    } catch (const config::ConfigError& error) {
      EXPECT_STREQ(error.what(), want);
    }
  }
}

}  // namespace
}  // namespace gatepost::ratelimit
