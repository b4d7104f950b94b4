#include "common/mail/address.h"

#include <gtest/gtest.h>

namespace gatepost::mail {
namespace {

std::string Formatted(std::string_view path) {
  const auto address = ParsePath(path);
  return address ? address->Format() : "";
}

TEST(Path, IsReadWithAndWithoutBrackets) {
  const struct {
    std::string_view path, want;
  } cases[] = {
      // RFC 5321 section 4.1.2
      {"<Smith@bar.com>", "Smith@bar.com"},
      {"Smith@bar.com", "Smith@bar.com"},
      {"<@hosta.int,@jkl.org:userc@d.bar.org>", "userc@d.bar.org"},
      {"<@a.example:b@c.example>", "b@c.example"},
      {"<\"Joe Smith\"@example.org>", "\"Joe Smith\"@example.org"},
      {"<\"Joe\\ Smith\"@example.org>", "\"Joe Smith\"@example.org"},
      {"<\"abc\"@example.org>", "abc@example.org"},
      {"<\"a.b\"@example.org>", "a.b@example.org"},
      {"<\"a..b\"@example.org>", "\"a..b\"@example.org"},
      {"<\"\"@example.org>", "\"\"@example.org"},
      {"<\"a\\\"b\\\\c\"@example.org>", "\"a\\\"b\\\\c\"@example.org"},
      {"<\"<ceo@bank.example>\"@evil.example>", "\"<ceo@bank.example>\"@evil.example"},
      {"<prvs=1234=user+tag@example.org>", "prvs=1234=user+tag@example.org"},
      {"<SRS0=x=T=example.net=u@example.org>", "SRS0=x=T=example.net=u@example.org"},
      // RFC 6531 section 3.3
      {"<jürgen@münchen.example>", "jürgen@xn--mnchen-3ya.example"},
      {"<用户@例え.テスト>", "用户@xn--r8jz45g.xn--zckzah"},
      {"<\"jür gen\"@example.org>", "\"jür gen\"@example.org"},
  };
  for (const auto& c : cases) EXPECT_EQ(Formatted(c.path), c.want) << c.path;
}

TEST(Path, KeepsTheCaseOfTheLocalPart) {
  EXPECT_NE(*ParsePath("A@example.org"), *ParsePath("a@example.org"));
  EXPECT_EQ(*ParsePath("a@EXAMPLE.org"), *ParsePath("<a@example.org>"));
}

TEST(Path, RefusesAllElse) {
  const std::string cases[] = {
      "",
      "<>",
      "<postmaster>",
      "postmaster",
      "<a@example.org",
      "a@example.org>",
      "<<a@example.org>>",
      "< a@example.org>",
      "a@example.org ",
      "a @example.org",
      "a@",
      "@example.org",
      "a@@example.org",
      "a@b@example.org",
      "a@[192.0.2.1]",
      "a@[IPv6:2001:db8::1]",
      "a@example.org.",
      "a@example..org",
      ".a@example.org",
      "a.@example.org",
      "a..b@example.org",
      "a(comment)@example.org",
      "\"a\"b@example.org",
      "\"a\".b@example.org",
      "\"a@example.org",
      "\"a\\",
      "\"a\tb\"@example.org",
      "<@a.example>",
      "<@a.example b@c.example>",
      "<a.example:b@c.example>",
      "<@a.example,b.example:c@d.example>",
      "<@:b@c.example>",
      "<@a.example.:b@c.example>",
      "a b@example.org",
      "a,b@example.org",
      "a@example.org,b@example.org",
      std::string("a\0b@example.org", 15),
      std::string("a@example.org\0", 14),
      "a\r\n b@example.org",
      "\"a\r\n b\"@example.org",
      "j\xfcrgen@example.org",
      "a\x7f@example.org",
      "a\xc2\x85@example.org",
  };
  for (const auto& path : cases) EXPECT_EQ(Formatted(path), "") << testing::PrintToString(path);
}

TEST(Path, HasBounds) {
  const std::string local_part(512, 'a');
  EXPECT_TRUE(ParsePath(local_part + "@example.org"));
  EXPECT_EQ(ParsePath(local_part + "a@example.org").error().kind, base::ErrorKind::kLimit);
  EXPECT_EQ(ParsePath(std::string(100'000, '@')).error().kind, base::ErrorKind::kLimit);
}

TEST(Path, IsNullWhereItIsEmpty) {
  EXPECT_TRUE(IsNullPath("<>"));
  EXPECT_TRUE(IsNullPath(""));
  EXPECT_FALSE(IsNullPath("<a@example.org>"));
  EXPECT_FALSE(IsNullPath("< >"));
}

}  // namespace
}  // namespace gatepost::mail
