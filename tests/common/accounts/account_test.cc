#include "common/accounts/account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/config_error.h"
#include "tests/common/config/temporary_folder.h"

namespace gatepost::accounts {
namespace {

using testing::HasSubstr;

struct Spelling {
  const char* name;
  std::string input;
  std::string want;
};

class AccountNamesTest : public testing::Test {
 protected:
  AccountNamesTest() {
    options_.default_domain = "example.org";
    options_.aliases = folder_.Write("aliases",
                                     "Sales@example.org   alice\n"
                                     "old                 bob@example.org\n"
                                     "EXAMPLE\\eva        eva@example.org\n");
    options_.domain_aliases = folder_.Write("domains", "example.com example.org\n");
  }
  static std::string ErrorOf(const config::AccountOptions& options) {
    try {
      AccountNames::Load(options);
    } catch (const config::ConfigError& error) {
      return error.what();
    }
    return "no error";
  }

  config::TemporaryFolder folder_;
  config::AccountOptions options_;
};

TEST_F(AccountNamesTest, SpellsALoginInOneWay) {
  const auto names = AccountNames::Load(options_);
  for (const Spelling& c : {
           Spelling{"as it is", "alice@example.org", "alice@example.org"},
           Spelling{"case", "Alice@EXAMPLE.Org", "alice@example.org"},
           Spelling{"a dot at the end", "alice@example.org.", "alice@example.org"},
           Spelling{"the default domain", "Alice", "alice@example.org"},
           Spelling{"a tag", "alice+lists@example.org", "alice@example.org"},
           Spelling{"a tag without a domain", "alice+lists", "alice@example.org"},
           Spelling{"several delimiters", "alice+a+b@example.org", "alice@example.org"},
           Spelling{"an empty tag", "alice+@example.org", "alice@example.org"},
           Spelling{"a delimiter at the beginning", "+alice@example.org", "+alice@example.org"},
           Spelling{"both", "+alice+x@example.org", "+alice@example.org"},
           Spelling{"U-labels",
                    "alice@B\xc3\xbc"
                    "cher.example",
                    "alice@xn--bcher-kva.example"},
           Spelling{"A-labels", "alice@XN--Bcher-kva.example", "alice@xn--bcher-kva.example"},
           Spelling{"UTF-8 keeps its case", "J\xc3\x9cRGEN@example.org",
                    "j\xc3\x9crgen@example.org"},
           Spelling{"a domain's alias", "alice@Example.COM", "alice@example.org"},
           Spelling{"an alias", "SALES+x@example.com", "alice@example.org"},
           Spelling{"an alias without a domain", "old", "bob@example.org"},
           Spelling{"no address", "Example\\Bob", "example\\bob"},
           Spelling{"an alias of no address", "Example\\Eva", "eva@example.org"},
           Spelling{"no domain name", "Alice@-no-", "alice@-no-"},
           Spelling{"an empty domain", "Alice@", "alice@"},
           Spelling{"no local part", "@Example.org", "@example.org"},
           Spelling{"nothing", "", ""},
           Spelling{"the last @ counts", "a@b@example.net", "a@b@example.net"},
           Spelling{"brackets are another user", "<alice@example.org>", "<alice@example.org>"},
           Spelling{"a blank at the end is another user", "alice@example.org ",
                    "alice@example.org "},
       }) {
    EXPECT_EQ(names->Canonicalize(c.input).name, c.want) << c.name;
  }
}

TEST_F(AccountNamesTest, AnAccountKnowsItsDomain) {
  const auto names = AccountNames::Load(options_);
  EXPECT_EQ(names->Canonicalize("sales@example.com").domain->ascii(), "example.org");
  EXPECT_EQ(names->Canonicalize("alice").domain->ascii(), "example.org");
  EXPECT_EQ(names->Canonicalize("example\\bob").domain, std::nullopt);
}

TEST_F(AccountNamesTest, WithoutOptionsALoginStaysWithoutADomainAndATagIsATag) {
  const auto names = AccountNames::Load({});
  EXPECT_EQ(names->Canonicalize("Alice+x").name, "alice");
  EXPECT_EQ(names->Canonicalize("Alice+x").domain, std::nullopt);
  config::AccountOptions no_tags;
  no_tags.recipient_delimiters = "";
  EXPECT_EQ(AccountNames::Load(no_tags)->Canonicalize("Alice+x").name, "alice+x");
  config::AccountOptions two;
  two.recipient_delimiters = "-+";
  EXPECT_EQ(AccountNames::Load(two)->Canonicalize("a-b+c@example.org").name, "a@example.org");
}

TEST_F(AccountNamesTest, SpellsAMailboxOfTheEnvelopeLikeItsAccount) {
  const auto names = AccountNames::Load(options_);
  for (const Spelling& c : {
           Spelling{"with brackets", "<Alice+x@Example.COM>", "alice@example.org"},
           Spelling{"without", "sales@example.org", "alice@example.org"},
           Spelling{"quoted without need", "<\"Alice\"@example.org>", "alice@example.org"},
           Spelling{"a source route", "<@relay.example:bob@example.net>", "bob@example.net"},
           Spelling{"the null path", "<>", "none"},
           Spelling{"no domain", "<postmaster>", "none"},
           Spelling{"an address literal", "<bob@[192.0.2.1]>", "none"},
           Spelling{"rubbish", "a b c", "none"},
       }) {
    const auto account = names->CanonicalizeMailbox(c.input);
    EXPECT_EQ(account ? account->name : "none", c.want) << c.name;
  }
}

TEST_F(AccountNamesTest, AnOverlongNameIsCutAndStaysItself) {
  const auto names = AccountNames::Load({});
  const std::string many(2000, 'A');
  const Account one = names->Canonicalize(many + "1@example.org");
  const Account other = names->Canonicalize(many + "2@example.org");
  EXPECT_EQ(one.name.size(), kMaxAccountBytes);
  EXPECT_EQ(one.domain->ascii(), "example.org");
  EXPECT_TRUE(one.name.ends_with("@example.org"));
  EXPECT_NE(one.name, other.name);
  EXPECT_EQ(names->Canonicalize(one.name), one);
  EXPECT_EQ(names->Canonicalize(many).name.size(), kMaxAccountBytes);
  EXPECT_EQ(names->Canonicalize(std::string(320 - 12, 'a') + "@example.org").name.size(), 320U);
}

TEST_F(AccountNamesTest, AnOverlongNameThatIsNoMailboxDoesNotBecomeOneByBeingCut) {
  config::AccountOptions options;
  options.default_domain = "example.org";
  const auto names = AccountNames::Load(options);
  const std::string many(2000, 'A');
  for (const std::string_view rest : {"@no domain", "\\x", "@example.org@"}) {
    const Account account = names->Canonicalize(std::string(many).append(rest));
    EXPECT_EQ(account.name.size(), kMaxAccountBytes);
    EXPECT_FALSE(account.domain.has_value());
    EXPECT_EQ(names->Canonicalize(account.name), account) << account.name;
  }
}

TEST_F(AccountNamesTest, AMailboxWithoutANameIsTheLoginThatReadsTheSame) {
  const auto names = AccountNames::Load({});
  EXPECT_EQ(names->CanonicalizeMailbox("\"\"@Example.org"), names->Canonicalize("@example.org"));
}

TEST_F(AccountNamesTest, TellsWhatIsWrongWithItsTables) {
  const auto with = [&](const std::string& aliases, const std::string& domains) {
    config::AccountOptions options;
    if (!aliases.empty()) options.aliases = folder_.Write("a", aliases);
    if (!domains.empty()) options.domain_aliases = folder_.Write("d", domains);
    return ErrorOf(options);
  };
  EXPECT_THAT(with("alice\n", ""), HasSubstr("a:1: a row is: a login, the account that owns it"));
  EXPECT_THAT(with("a@x.example b\nA@X.example c\n", ""),
              HasSubstr("a:2: a@x.example already stands for another one"));
  EXPECT_THAT(with("a b\nb c\n", ""), HasSubstr("a stands for b, which stands for c"));
  EXPECT_EQ(with("a b\na b\nb b\n", ""), "no error");
  EXPECT_THAT(with("", "a..b example.org\n"), HasSubstr("d:1: not a domain name"));
  EXPECT_THAT(with("", "a.example b.example\nb.example c.example\n"),
              HasSubstr("a.example stands for b.example, which stands for c.example"));
  config::AccountOptions missing;
  missing.aliases = "/nonexistent/aliases";
  EXPECT_THAT(ErrorOf(missing), HasSubstr("/nonexistent/aliases"));
}

}  // namespace
}  // namespace gatepost::accounts
