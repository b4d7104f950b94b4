#include "common/mail/authentication_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/strings.h"
#include "common/mail/authserv_id.h"

namespace gatepost::mail {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string FormatOne(MethodResult result) {
  return FormatAuthenticationResults("example.org", {std::move(result)});
}
std::string FormatValue(std::string value) {
  const std::string start = " example.org;\n\tspf=pass smtp.mailfrom=";
  const std::string text = FormatOne({"spf", "pass", "", "", {{"smtp", "mailfrom", value}}});
  EXPECT_TRUE(text.starts_with(start)) << text;
  return text.substr(std::min(start.size(), text.size()));
}

TEST(AuthenticationResults, AreWrittenAsRfc8601AppendixBHasThem) {
  EXPECT_EQ(FormatAuthenticationResults("example.org", {}), " example.org; none");
  EXPECT_EQ(FormatAuthenticationResults(
                "example.com", {{"spf", "pass", "", "", {{"smtp", "mailfrom", "example.net"}}}}),
            " example.com;\n\tspf=pass smtp.mailfrom=example.net");
  // B.4
  EXPECT_EQ(FormatAuthenticationResults(
                "example.com",
                {{"auth", "pass", "", "cram-md5", {{"smtp", "auth", "sender@example.net"}}},
                 {"spf", "fail", "", "", {{"smtp", "mailfrom", "example.net"}}}}),
            " example.com;\n\tauth=pass (cram-md5) smtp.auth=sender@example.net;\n"
            "\tspf=fail smtp.mailfrom=example.net");
  // B.6
  EXPECT_EQ(
      FormatAuthenticationResults(
          "example.com",
          {{"dkim", "pass", "good signature", "", {{"header", "i", "@mail-router.example.net"}}},
           {"dkim", "fail", "bad signature", "", {{"header", "i", "@newyork.example.com"}}}}),
      " example.com;\n\tdkim=pass reason=\"good signature\" header.i=@mail-router.example.net;\n"
      "\tdkim=fail reason=\"bad signature\" header.i=@newyork.example.com");
}

TEST(AuthenticationResults, QuoteOnlyValuesThatNeedIt) {
  const struct {
    std::string value, want;
  } cases[] = {
      {"example.org", "example.org"},
      {"a.b+c@example.org", "a.b+c@example.org"},
      {"prvs=12=a@example.org", "prvs=12=a@example.org"},
      {"@example.org", "@example.org"},
      {"jürgen@münchen.test", "jürgen@münchen.test"},
      {"abc+123", "abc+123"},
      {"ab/cd=", "\"ab/cd=\""},
      {"a b", "\"a b\""},
      {"", "\"\""},
      {"<>", "\"<>\""},
      {"192.0.2.1", "192.0.2.1"},
      {"2001:db8::1", "\"2001:db8::1\""},
      {"\"a b\"@example.org", "@example.org"},
      {"\"a; dkim=pass\"@example.org", "@example.org"},
      {"a@exa mple", "\"a@exa mple\""},
      {"a@", "\"a@\""},
      // controls and broken bytes
      {"a\r\nX-Evil: yes", "\"a X-Evil: yes\""},
      {"a\r\n\tb@example.org", "@example.org"},
      {std::string("a\0b", 3), "\"a b\""},
      {"a\xff"
       "b",
       "\"a?b\""},
      {"a\xc2\x85"
       "b",
       "\"a?b\""},
      {"\x1b[31m", "\"[31m\""},
      // injection
      {"a; dkim=pass header.d=bank.test", "\"a, dkim=pass header.d=bank.test\""},
      {"a\"; dkim=pass", "\"a', dkim=pass\""},
      {"a\\", "\"a/\""},
      {"(a", "\"[a\""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(FormatValue(c.value), c.want) << testing::PrintToString(c.value);
  }
}

TEST(AuthenticationResults, CommentsCannotEndEarly) {
  EXPECT_EQ(FormatOne({"dkim", "fail", "", "bad) header.d=(bank.test; \\\"x\r\n", {}}),
            " example.org;\n\tdkim=fail (bad] header.d=[bank.test, /'x)");
}

TEST(AuthenticationResults, LeaveOutWhatHasNoName) {
  EXPECT_EQ(FormatOne({"", "pass", "", "", {}}), " example.org; none");
  EXPECT_EQ(FormatOne({"dkim", "\n;", "", "", {}}), " example.org; none");
  EXPECT_EQ(FormatOne({"dkim", "pass", "", "", {{"", "d", "x"}, {"header", "", "y"}}}),
            " example.org;\n\tdkim=pass");
  EXPECT_EQ(FormatOne({"dk\nim;", "pa ss", "", "", {}}), " example.org;\n\tdkim=pass");
}

TEST(AuthenticationResults, AreFoldedBelow78Columns) {
  const std::string text = FormatAuthenticationResults(
      "mx.example.org",
      {{"dkim",
        "pass",
        "",
        "2048-bit key, signature of the author's own domain, DNSSEC",
        {{"header", "d", "example.com"},
         {"header", "i", "@news.example.com"},
         {"header", "s", "selector2026"},
         {"header", "a", "rsa-sha256"},
         {"header", "b", "AbC/12+x"}}},
       {"dmarc", "pass", "", "p=reject sp=none", {{"header", "from", "example.com"}}}});
  for (std::string_view line : base::Split(text, '\n')) EXPECT_LT(line.size() + 7, 78u) << line;
  EXPECT_THAT(text, Not(HasSubstr(" \n")));
  EXPECT_THAT(text, HasSubstr(";\n\tdmarc=pass (p=reject sp=none) header.from=example.com"));
}

TEST(AuthenticationResults, NeverReach998BytesALine) {
  const std::string longest(5000, 'x');
  MethodResult result{longest, longest, longest, longest, {}};
  for (int i = 0; i < 20; ++i) result.properties.push_back({longest, longest, longest + " (y"});
  const std::string text = FormatAuthenticationResults(longest, {result, result});
  for (std::string_view line : base::Split(text, '\n')) EXPECT_LT(line.size(), 998u);
}

TEST(AuthenticationResults, CutsBetweenCharacters) {
  std::string reason;
  for (int i = 0; i < 200; ++i) reason += "ü";
  const std::string text = FormatOne({"spf", "fail", "", reason + "x", {}});
  EXPECT_THAT(text, HasSubstr("(" + reason.substr(0, 200) + ")"));
}

TEST(AuthenticationResults, CarryAnIdThatWeKnowAgain) {
  for (std::string_view id : {"mx.example.org", "MX.example.org", "mx.münchen.test", "localhost"}) {
    const std::string text = FormatAuthenticationResults(id, {});
    EXPECT_TRUE(ClaimsAuthservId(text, id));
    EXPECT_EQ(ParseAuthservId(text), id);
  }
}

}  // namespace
}  // namespace gatepost::mail
