// Rules as administrators write them, and what they are told about mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/config_error.h"
#include "milters/attachments/glob.h"
#include "milters/attachments/rule_set.h"

namespace gatepost::attachments {
namespace {

RuleSet ParseOne(const std::string& line) { return RuleSet::Parse(line, "attachments.rules"); }

std::string Complaint(const std::string& text, bool may_discard = false) {
  try {
    RuleSet::Parse(text, "attachments.rules", may_discard);
    return "";
  } catch (const config::ConfigError& error) {
    return error.what();
  }
}

TEST(RuleTest, IsReadFromALine) {
  const RuleSet rules = ParseOne(
      "# what programs are\n"
      "\n"
      "programs shadow refuse kind=executable,script size>20kB direction=in "
      "recipient!=@example.org class=policy -- Please send  a link.\n");
  ASSERT_EQ(rules.rules().size(), 1U);
  const Rule& rule = rules.rules()[0];
  EXPECT_EQ(rule.name, "programs");
  EXPECT_EQ(Name(rule.mode), "shadow");
  EXPECT_EQ(Name(rule.action), "refuse");
  EXPECT_EQ(Name(rule.hold_class), "policy");
  EXPECT_EQ(rule.text, "Please send a link.");
  EXPECT_EQ(rule.of_message.size(), 1U);
  EXPECT_EQ(rule.of_recipient.size(), 1U);
  ASSERT_EQ(rule.of_item.size(), 2U);
  EXPECT_EQ(rule.of_item.at(1).bytes, 20'480U);
  EXPECT_EQ(ParseOne("a enforce tag size>0").rules()[0].hold_class, HoldClass::kDangerous);
}

TEST(RuleTest, TellsWhatItNeeds) {
  struct Case {
    const char* line;
    std::string_view want;
  };
  const Case cases[] = {
      {"a enforce tag kind=script", ""},
      {"a enforce tag authentication=pass", "authentication"},
      {"a enforce tag reputation<0", "reputation"},
      {"a enforce tag sha256=listed", "sha256 listed"},
      {"a enforce tag property=listed", "sha256 listed"},
      {"a enforce tag property=outbreak", "sha256 outbreak"},
      {"a enforce tag "
       "sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
       "sha256 by_value"},
      {"a enforce replace kind=script", "replaces"},
      {"a shadow replace kind=script", ""},
      {"a off replace sha256=listed authentication=pass", ""},
  };
  for (const Case& c : cases) {
    const RuleSet rules = ParseOne(c.line);
    const Wanted& wanted = rules.wanted();
    std::string told;
    const auto tell = [&told](bool is, const char* name) {
      if (is) told += (told.empty() ? "" : " ") + std::string(name);
    };
    tell(wanted.authentication, "authentication");
    tell(wanted.reputation, "reputation");
    tell(wanted.sha256, "sha256");
    tell(wanted.by_value, "by_value");
    tell(wanted.listed, "listed");
    tell(wanted.outbreak, "outbreak");
    tell(wanted.replaces, "replaces");
    EXPECT_EQ(told, c.want) << c.line;
  }
}

TEST(RuleTest, ComplainsClearly) {
  struct Case {
    std::string rest;  // behind "a enforce refuse "
    std::string_view want;
  };
  const Case cases[] = {
      {"extensoin=exe", "unknown condition \"extensoin\", did you mean \"extension\"?"},
      {"exe", "unknown condition \"exe\""},
      {"zzz=1", "unknown condition \"zzz\""},
      {"extension", "extension needs \"=\" or the like and a value"},
      {"extension=", "extension needs 1 to 500 values, with commas between"},
      {"extension=exe,,com", "extension needs 1 to 500 values, with commas between"},
      {"extension<exe", "extension is compared by \"=\" or \"!=\""},
      {"size=3", "size is compared by \"<\" or \">\""},
      {"size>3XB", "size: \"3XB\" is no size such as \"20MB\""},
      {"size>1MB,2MB", "size: \"1MB\" is no size such as \"20MB\""},
      {"reputation<-2", "reputation: \"-2\" is no number from -1 to 1"},
      {"reputation<nan", "reputation: \"nan\" is no number from -1 to 1"},
      {"kind=skript", "kind: unknown kind \"skript\", did you mean \"script\"?"},
      {"property=makro", "property: unknown property \"makro\", did you mean \"macro\"?"},
      {"direction=inn", "direction: unknown direction \"inn\", did you mean \"in\"?"},
      {"authentication=passed",
       "authentication: unknown result \"passed\", did you mean \"pass\"?"},
      {"member=maybe", "member: is \"yes\" or \"no\""},
      {"sender=example.org",
       "sender: \"example.org\" is no address; a domain is written \"@example.org\""},
      {"recipient=@", "recipient: \"@\" is no domain"},
      {"user=<>", "user: \"<>\" is no account; write \"user!=*\" for mail without one"},
      {"extension=*.exe", "extension: \"*.exe\" is no extension; patterns go with \"name=\""},
      {"type=pdf",
       "type: \"pdf\" is no declared type such as \"image/*\"; types by content go with "
       "\"content=\""},
      {"content=image/png", "content: unknown type by content \"image/png\""},
      {"content=pe,onenot",
       "content: unknown type by content \"onenot\", did you mean \"onenote\"?"},
      {"content=docmm", "content: unknown type by content \"docmm\", did you mean \"docm\"?"},
      {"sha256=abc", "sha256: \"abc\" is no SHA-256: 64 hexadecimal digits, or \"listed\""},
      {"name=" + std::string(129, '*'), "name: a pattern has at most 128 bytes"},
      {"name=" + std::string(5000, 'x'), "a condition has at most 4,096 bytes"},
      {"class=safe size>0", "unknown class \"safe\""},
      {"class=policy class=policy size>0", "has a class twice"},
      {"class=policy", "has no condition; \"size>0\" fits all that is not empty"},
      {"size>0 --", "there is no text behind \"--\""},
      {"size>0 -- 100% sure", "a text is printable ASCII without \"%\""},
      {"size>0 -- \u00C4", "a text is printable ASCII without \"%\""},
      {"size>0 -- " + std::string(301, 'x'), "a text has at most 300 bytes"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Complaint("a enforce refuse " + c.rest),
              "attachments.rules:1: " + std::string(c.want));
  }
  EXPECT_THAT(Complaint("a enforce refuse network=192.0.2.1/24"),
              testing::StartsWith("attachments.rules:1: network: \"192.0.2.1/24\": "));
}

TEST(RuleTest, ComplainsOfTheWholeLine) {
  constexpr std::string_view kForm =
      "a rule is: its name, enforce|shadow|off, an action, one condition or more";
  struct Case {
    const char* line;
    std::string_view want;
  };
  const Case cases[] = {
      {"a enforce refuse", kForm},
      {"-a enforce tag size>0", "a name is of letters, digits, \"-\", \"_\" and \".\", at most 64"},
      {"a enforced tag size>0", "unknown mode \"enforced\", did you mean \"enforce\"?"},
      {"a enforce reject size>0", "unknown action \"reject\""},
      {"a enforce discard size>0", "to discard mail must be allowed by an option first"},
      {"a enforce tag size>0 -- text", "only what is refused or replaced has a text"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Complaint(c.line), "attachments.rules:1: " + std::string(c.want)) << c.line;
  }
  EXPECT_EQ(Complaint("a enforce discard size>0", true), "");
  EXPECT_EQ(Complaint("a enforce tag size>0\nb off tag size>0\na off tag size>0"),
            "attachments.rules:3: there is another rule a");
}

TEST(RuleTest, ThereAreAtMostAThousand) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "r" + std::to_string(i) + " off tag size>0\n";
  EXPECT_EQ(Complaint(text), "");
  EXPECT_EQ(Complaint(text + "more off tag size>0"),
            "attachments.rules:1001: there are more than 1,000 rules");
}

TEST(GlobTest, Fits) {
  struct Case {
    std::string_view text, pattern;
    bool want;
  };
  const Case cases[] = {
      {"my-invoice-1.js", "*invoice*.js", true},
      {"my-invoice-1.jse", "*invoice*.js", false},
      {"abc", "abc", true},
      {"abc", "a?c", true},
      {"a\u00E4c", "a?c", true},
      {"a\u00E4c", "a??c", false},
      {"", "*", true},
      {"", "", true},
      {"", "?", false},
      {"abcbc", "*bc", true},
      {"aab", "*a*a*b*", true},
      {"ab", "*a*a*b*", false},
      {"x", "***", true},
  };
  for (const Case& c : cases) EXPECT_EQ(FitsGlob(c.text, c.pattern), c.want) << c.pattern;
  const std::string text(1024, 'a');
  EXPECT_FALSE(FitsGlob(text, "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"));
}

}  // namespace
}  // namespace gatepost::attachments
