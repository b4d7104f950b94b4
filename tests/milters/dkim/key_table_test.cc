#include "milters/dkim/key_table.h"

#include <string>
#include <vector>

#include "common/config/config_error.h"

namespace gatepost::dkim {
namespace {

KeyTable Table(const std::string& text) {
  return KeyTable::Load(config::TableFile(text, "keys.table"));
}

std::vector<std::string> KeysFor(const KeyTable& table, const char* domain,
                                 const char* stream = "") {
  std::vector<std::string> found;
  for (const KeyRow& row : table.Find(mail::Domain::Parse(domain).value(), stream)) {
    found.push_back(row.selector + "@" + row.signing_domain);
  }
  return found;
}

std::string ErrorOf(const std::string& text) {
  try {
    Table(text);
  } catch (const config::ConfigError& error) {
    return error.what();
  }
  return "no error";
}

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kTable[] = R"(
# comment
example.org      r1  /keys/a.pem
example.org      e1  /keys/b.pem  algorithm=ed25519   # and its ed25519 key
*.example.org    w1  /keys/a.pem
*.b.example.org  w2  /keys/a.pem  domain=other.example
*                any /keys/c.pem
)";

TEST(KeyTable, AllRowsOfADomainSign) {
  EXPECT_THAT(KeysFor(Table(kTable), "example.org"),
              ElementsAre("r1@example.org", "e1@example.org"));
}

TEST(KeyTable, AWildcardSignsForTheDomainAboveItUnlessItsRowNamesAnother) {
  EXPECT_THAT(KeysFor(Table(kTable), "a.example.org"), ElementsAre("w1@example.org"));
  EXPECT_THAT(KeysFor(Table(kTable), "x.y.example.org"), ElementsAre("w1@example.org"));
}

TEST(KeyTable, TheNearestWildcardWins) {
  EXPECT_THAT(KeysFor(Table(kTable), "a.b.example.org"), ElementsAre("w2@other.example"));
}

TEST(KeyTable, AWildcardIsNotForTheDomainItself) {
  EXPECT_THAT(KeysFor(Table("*.example.org w /k.pem"), "example.org"), IsEmpty());
}

TEST(KeyTable, TheStarSignsForEveryOtherDomainInItsOwnName) {
  EXPECT_THAT(KeysFor(Table(kTable), "example.net"), ElementsAre("any@example.net"));
  EXPECT_THAT(KeysFor(Table("example.org r /k.pem"), "example.net"), IsEmpty());
}

TEST(KeyTable, RowsOfAStreamSignItsMailInsteadOfTheOthers) {
  const KeyTable table = Table(
      "example.org  main   /keys/a.pem\n"
      "example.org  bulk1  /keys/b.pem  stream=bulk\n"
      "example.org  bulk2  /keys/c.pem  stream=bulk\n"
      "example.net  only   /keys/d.pem  stream=bulk\n"
      "*            any    /keys/e.pem\n");
  EXPECT_THAT(KeysFor(table, "example.org"), ElementsAre("main@example.org"));
  EXPECT_THAT(KeysFor(table, "example.org", "bulk"),
              ElementsAre("bulk1@example.org", "bulk2@example.org"));
  EXPECT_THAT(KeysFor(table, "example.org", "personal"), ElementsAre("main@example.org"));
  EXPECT_THAT(KeysFor(table, "example.net", "bulk"), ElementsAre("only@example.net"));
  EXPECT_THAT(KeysFor(table, "example.net", "personal"), ElementsAre("any@example.net"));
  EXPECT_THAT(KeysFor(table, "example.net"), ElementsAre("any@example.net"));
}

TEST(KeyTable, NamesAreComparedAsALabelsInLowerCase) {
  const KeyTable table = Table(
      "B\xc3\xbc"
      "cher.Example r /k.pem");
  EXPECT_THAT(KeysFor(table, "xn--bcher-kva.example"), ElementsAre("r@xn--bcher-kva.example"));
}

TEST(KeyTable, ReadsTheOptionsOfARow) {
  const KeyRow row =
      Table("example.org s /k.pem algorithm=rsa canonicalization=simple/relaxed expire=7d")
          .All()
          .front();
  EXPECT_EQ(row.file, "/k.pem");
  EXPECT_EQ(row.algorithm, auth::KeyAlgorithm::kRsa);
  EXPECT_EQ(row.header_method, auth::Canonicalization::kSimple);
  EXPECT_EQ(row.body_method, auth::Canonicalization::kRelaxed);
  EXPECT_EQ(row.expires_after, std::chrono::hours(7 * 24));
}

TEST(KeyTable, TellsEveryBadRowWithItsLine) {
  EXPECT_EQ(ErrorOf("example.org\n"
                    "exa mple.org s /k.pem\n"
                    "a..b s /k.pem\n"
                    "example.org s k.pem\n"),
            "keys.table:1: a row is: domain selector key-file [option=value ...]\n"
            "keys.table:2: the key file needs an absolute path\n"
            "keys.table:3: not a domain name: a..b\n"
            "keys.table:4: the key file needs an absolute path");
}

struct BadRow {
  const char* row;
  const char* error;
};

TEST(KeyTable, RefusesWhatARowMustNotSay) {
  for (const BadRow& bad : {
           BadRow{"example.org S_ /k.pem", "is not a selector"},
           BadRow{"example.org a..b /k.pem", "is not a selector"},
           BadRow{"example.org s /k.pem algorithm=dsa", "algorithm= takes rsa or ed25519"},
           BadRow{"example.org s /k.pem expire=7", "expire= takes a time"},
           BadRow{"example.org s /k.pem expire=5m", "expire= takes a time"},
           BadRow{"example.org s /k.pem expire=-1d", "expire= takes a time"},
           BadRow{"example.org s /k.pem expire=99999999999999999999d", "expire= takes a time"},
           BadRow{"example.org s /k.pem expire=400d", "expire= takes a time"},
           BadRow{"example.org s /k.pem canonicalization=nofws", "canonicalization is"},
           BadRow{"example.org s /k.pem colour=red", "unknown option \"colour=red\""},
           BadRow{"example.org s /k.pem stream=Bulk", "stream= takes the name of a stream"},
           BadRow{"*example.org s /k.pem", "not a domain name"},
           BadRow{"*.* s /k.pem", "not a domain name"},
       }) {
    EXPECT_THAT(ErrorOf(bad.row), HasSubstr(bad.error)) << bad.row;
  }
}

TEST(KeyTable, RefusesASelectorTwiceAndTooManyKeysForADomain) {
  EXPECT_EQ(ErrorOf("example.org s /a.pem\nEXAMPLE.org s /b.pem"),
            "keys.table: example.org has s twice");
  std::string many;
  for (int i = 0; i < 9; ++i) many += "example.org s" + std::to_string(i) + " /k.pem\n";
  EXPECT_EQ(ErrorOf(many), "keys.table: example.org has more than 8 keys");
  EXPECT_EQ(ErrorOf("example.org s /a.pem\nexample.org s /b.pem stream=bulk"), "no error");
  EXPECT_EQ(ErrorOf("example.org s /a.pem stream=bulk\nexample.org s /b.pem stream=bulk"),
            "keys.table: example.org has s twice for the stream bulk");
}

TEST(KeyTable, AHundredThousandDomainsStayUnderTenMegabytes) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) {
    const std::string domain = "domain-" + std::to_string(i) + ".example";
    text += domain + " s2026 /etc/gatepost/keys/" + domain + ".pem\n";
  }
  const KeyTable table = Table(text);
  EXPECT_EQ(table.row_count(), 100'000U);
  EXPECT_LT(table.memory_bytes(), 10'000'000U);
  EXPECT_THAT(KeysFor(table, "domain-77777.example"), ElementsAre("s2026@domain-77777.example"));
  EXPECT_THAT(KeysFor(table, "domain-100000.example"), IsEmpty());
}

}  // namespace
}  // namespace gatepost::dkim
