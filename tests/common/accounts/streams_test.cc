#include "common/accounts/streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/config_error.h"

namespace gatepost::accounts {
namespace {

using testing::ElementsAre;

const AccountNames& Names() {
  static const auto names = [] {
    config::AccountOptions options;
    options.default_domain = "example.org";
    return AccountNames::Load(options);
  }();
  return *names;
}

std::shared_ptr<const StreamTable> Table(const std::string& text) {
  return StreamTable::Load(config::TableFile(text, "streams"), Names());
}

constexpr char kTable[] = R"(
transactional  user    App
bulk           domain  News.Example.org
bulk           header  Precedence  bulk   # any case
bulk           header  List-Id
personal       domain  example.org
)";

struct Case {
  const char* name;
  const char* account;
  const char* sender_domain;
  std::vector<mail::HeaderField> fields;
  const char* want;
};

TEST(StreamTable, TheFirstRuleThatMatchesWins) {
  const auto table = Table(kTable);
  for (const Case& c : {
           Case{"a user", "app@example.org", "example.org", {}, "transactional"},
           Case{"a user, whatever the header says",
                "app@example.org",
                "",
                {{"Precedence", " bulk"}},
                "transactional"},
           Case{"the sender's domain", "eva@example.org", "news.example.org", {}, "bulk"},
           Case{"the account's domain", "eva@news.example.org", "example.net", {}, "bulk"},
           Case{"a domain below is another", "", "a.news.example.org", {}, ""},
           Case{"a header", "eva@example.org", "", {{"PRECEDENCE", " Bulk "}}, "bulk"},
           Case{"a folded header", "eva@example.org", "", {{"Precedence", "\r\n\tbulk"}}, "bulk"},
           Case{"another value", "eva@example.org", "", {{"Precedence", "list"}}, "personal"},
           Case{"a field that is there", "", "", {{"Subject", "x"}, {"List-Id", ""}}, "bulk"},
           Case{"a rule after those of headers", "eva@example.org", "", {}, "personal"},
           Case{"nobody", "", "", {}, ""},
           Case{"no rule", "", "example.net", {{"Subject", "bulk"}}, ""},
       }) {
    EXPECT_EQ(table->Find(c.account, c.sender_domain, c.fields), c.want) << c.name;
  }
}

TEST(StreamTable, SaysBeforeTheHeaderWhatNoHeaderCanChange) {
  const auto table = Table(kTable);
  EXPECT_EQ(table->FindWithoutHeaders("app@example.org", ""), "transactional");
  EXPECT_EQ(table->FindWithoutHeaders("eva@example.org", "news.example.org"), "bulk");
  EXPECT_EQ(table->FindWithoutHeaders("eva@example.org", "example.org"), std::nullopt);
  EXPECT_EQ(Table("bulk user a")->FindWithoutHeaders("b@example.org", ""), "");
}

TEST(StreamTable, AValueOfSeveralWordsIsComparedWithOneBlankBetweenThem) {
  const auto table = Table("bulk header X-Mailer Big   Mailer");
  EXPECT_EQ(table->Find("", "", {{"X-Mailer", " big\r\n\t mailer"}}), "bulk");
  EXPECT_EQ(table->Find("", "", {{"X-Mailer", "big mailer 2"}}), "");
}

TEST(StreamTable, NamesItsStreamsAndWhetherItNeedsHeaders) {
  EXPECT_THAT(Table(kTable)->names(), ElementsAre("bulk", "personal", "transactional"));
  EXPECT_TRUE(Table(kTable)->needs_headers());
  EXPECT_FALSE(Table("a user b")->needs_headers());
  const auto none = StreamTable::Load("", Names());
  EXPECT_FALSE(none->needs_headers());
  EXPECT_EQ(none->Find("alice@example.org", "example.org", {}), "");
}

TEST(StreamTable, TellsEveryBadRow) {
  try {
    Table(
        "bulk user\n"
        "Bulk user a\n"
        "bulk users a\n"
        "bulk domain a..b\n"
        "bulk header List-Id:\n"
        "bulk user a b\n");
    FAIL() << "no error";
  } catch (const config::ConfigError& error) {
    EXPECT_STREQ(
        error.what(),
        "streams:1: a row is: stream, user|domain|header, what to look for\n"
        "streams:2: a stream's name has up to 32 letters in lower case, digits, \"-\", \"_\" and "
        "\".\"\n"
        "streams:3: \"users\" is none of user, domain and header, did you mean \"user\"?\n"
        "streams:4: not a domain name: a..b\n"
        "streams:5: a header field's name stands without its colon\n"
        "streams:6: there is more than one name");
  }
}

}  // namespace
}  // namespace gatepost::accounts
