#include "common/mail/authserv_id.h"

#include <gtest/gtest.h>

#include <chrono>

namespace gatepost::mail {
namespace {

constexpr std::string_view kOurs = "mx.example.org";
constexpr std::string_view kResults = "; spf=pass smtp.mailfrom=a@evil.test";

TEST(AuthservId, OfOursIsFoundBehindEveryEvasion) {
  const std::string cases[] = {
      " mx.example.org",
      "mx.example.org",
      "\tmx.example.org\t",
      " MX.Example.ORG",
      " mx.example.org 1",
      " mx.example.org/1",
      " mx.example.org (v) 1",
      " mx.example.org.",
      " .mx.example.org",
      "\n\tmx.example.org",
      "\r\n mx.example.org\r\n ",
      " \"mx.example.org\"",
      " \"MX.example.org.\" 1",
      " \" mx.example.org \"",
      " \"mx\\.example.org\"",
      " \"mx\".\"example\".\"org\"",
      " 'mx.example.org'",
      " <mx.example.org>",
      " [mx.example.org]",
      " (comment) mx.example.org",
      " (a (nested) comment)(another) mx.example.org",
      " mx.example.org (comment)",
      " (;) mx.example.org",
      " (a\\) mx.example.org",
      " (a\\(b) other.test; ) mx.example.org",
      " (\") other.test; (\") mx.example.org",
      " \"(\" other.test; \")\" mx.example.org",
      " (unclosed mx.example.org",
      " \"unclosed; mx.example.org",
      " ) mx.example.org",
      " mx.(c)example.(c)org",
      " mx(c).example.org",
      " mx . example . org",
      " mx.exam\r\n ple.org",
      " mx.exam\nple.org",
      " mx.example.org\\",
      " \\mx.example.org",
      std::string(" \0mx.example.org", 16),
      std::string(" mx.example.org\0", 16),
      std::string(" mx.exam\0ple.org", 16),
      std::string(" other.test\0; mx.example.org", 28),
      " \x01mx.example.org",
      "\xc2\xa0mx.example.org",
      "\xa0mx.example.org",
      "\xe3\x80\x80mx.example.org",
      "\xef\xbb\xbfmx.example.org",
      " mx.exam\xe2\x80\x8bple.org",
      " mx.example.org\xff",
      " mx.exam\xc2\xadple.org",
      " ｍｘ.example.org",
      " =?utf-8?q?mx.example.org?=",
      " =?utf-8?q?=6dx.example.org?=",
      " =?utf-8?b?bXguZXhhbXBsZS5vcmc=?=",
      " =?a?q?mx?= =?a?q?.example.org?=",
      " =mx.example.org",
      " mx.example.org=1",
      " other.test mx.example.org",
      " (mx.example.org) other.test",
  };
  for (const std::string& head : cases) {
    EXPECT_TRUE(ClaimsAuthservId(head + std::string(kResults), kOurs))
        << testing::PrintToString(head);
    EXPECT_TRUE(ClaimsAuthservId(head, kOurs)) << testing::PrintToString(head);
  }
}

TEST(AuthservId, OfOthersIsLeftAlone) {
  const std::string_view cases[] = {
      "",
      ";",
      " other.test; dkim=pass",
      " mail.mx.example.org; dkim=pass",
      " mx.example.org.evil.test; dkim=pass",
      " xmx.example.org; dkim=pass",
      " mx.example.organic; dkim=pass",
      " example.org; dkim=pass",
      " other.test; spf=pass smtp.mailfrom=a@mx.example.org",
      " other.test; dkim=pass header.d=mx.example.org",
      " other.test (a comment); dkim=pass header.d=mx.example.org",
      " other.test; dkim=pass (mx.example.org)",
      " \"other.test\"; dkim=pass header.d=mx.example.org",
      " other.test 1; dkim=pass header.d=mx.example.org",
      // results without an id, as some senders write them
      " spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=mx.example.org; dkim=pass",
      " spf=pass smtp.mailfrom=a@mx.example.org",
      " dkim=pass header.d = mx.example.org",
      " münchen.test; dkim=pass header.d=mx.example.org",
      " Jürgen Müller Köln Größe Äpfel; dkim=pass header.d=mx.example.org",
  };
  for (std::string_view value : cases) EXPECT_FALSE(ClaimsAuthservId(value, kOurs)) << value;
}

TEST(AuthservId, IsTheSameInALabelsAndULabels) {
  EXPECT_TRUE(ClaimsAuthservId(" mx.münchen.test; none", "mx.xn--mnchen-3ya.test"));
  EXPECT_TRUE(ClaimsAuthservId(" MX.XN--MNCHEN-3YA.test; none", "mx.münchen.test"));
  EXPECT_TRUE(ClaimsAuthservId(" mx.MÜNCHEN.test; none", "mx.münchen.test"));
  EXPECT_FALSE(ClaimsAuthservId(" mx.munchen.test; none", "mx.münchen.test"));
}

TEST(AuthservId, ThatIsEmptyIsNeverClaimed) {
  EXPECT_FALSE(ClaimsAuthservId(" ; none", ""));
  EXPECT_FALSE(ClaimsAuthservId(" . ; none", "."));
}

TEST(AuthservId, OneLabelIsNotMistakenForItsNeighbours) {
  EXPECT_TRUE(ClaimsAuthservId(" mx; none", "mx"));
  EXPECT_TRUE(ClaimsAuthservId(" mx 1; none", "mx"));
  EXPECT_FALSE(ClaimsAuthservId(" mx2; none", "mx"));
  EXPECT_FALSE(ClaimsAuthservId(" mx-a; none", "mx"));
}

TEST(AuthservId, IsReadAsRfc8601HasIt) {
  const struct {
    std::string_view value, want;
  } cases[] = {
      // RFC 8601 appendix B
      {" example.org 1; none", "example.org"},
      {" example.com;\n          spf=pass smtp.mailfrom=example.net", "example.com"},
      {" foo.example.net (foobar) 1 (baz);\n dkim (Because I like it) / 1 (One yay) = (wait for "
       "it) fail",
       "foo.example.net"},
      {" (c) \"example.org\" ; none", "example.org"},
      {" Example.org", "Example.org"},
      {" münchen.test; none", "münchen.test"},
      {" example.org/1; none", ""},
      {" example.org v1; none", ""},
      {" spf=pass; none", ""},
      {" ; none", ""},
      {"", ""},
      {" (c; none", ""},
      {" \"c; none", ""},
      {" a@b; none", ""},
      {std::string_view(" a\0; none", 9), ""},
      {" \xff; none", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(ParseAuthservId(c.value).value_or(""), c.want) << c.value;
}

TEST(AuthservId, FieldNameIsKnownInEverySpelling) {
  for (std::string_view name :
       {"Authentication-Results", "AUTHENTICATION-results", "Authentication-Results ",
        "Authentication-Results\t", " Authentication-Results", "Authentication-Results\r"}) {
    EXPECT_TRUE(IsAuthenticationResultsName(name)) << name;
  }
  EXPECT_TRUE(IsAuthenticationResultsName(std::string_view("Authentication-Results\0", 23)));
  EXPECT_FALSE(IsAuthenticationResultsName("ARC-Authentication-Results"));
  EXPECT_FALSE(IsAuthenticationResultsName("Authentication-Results-Original"));
  EXPECT_FALSE(IsAuthenticationResultsName(""));
}

TEST(AuthservId, IsSoughtInLinearTime) {
  std::vector<std::string> values;
  for (std::string_view piece : {"(", "()", "(\\", "a ", ".", ". ", "ü ", "ü", "=?",
                                 "=?a?q?x?=", "\"", "\\", "a =", " ", "mx. ", "\xc2\xad", "((ü "}) {
    std::string value;
    while (value.size() < 256 * 1024) value += piece;
    values.push_back(value);
  }
  for (const std::string& value : values) {
    const auto start = std::chrono::steady_clock::now();
    ClaimsAuthservId(value, kOurs);
    const auto spent = std::chrono::steady_clock::now() - start;
    EXPECT_LT(spent, std::chrono::seconds(2)) << value.substr(0, 20);
  }
}

}  // namespace
}  // namespace gatepost::mail
