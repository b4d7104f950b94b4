#include <gtest/gtest.h>

#include <chrono>

#include "common/mail/address.h"

namespace gatepost::mail {
namespace {

// The mailboxes with blanks between, or "error".
std::string Mailboxes(std::string_view value) {
  const auto list = ParseAddressList(value);
  if (!list) return "error";
  std::string text;
  for (const Address& address : list->mailboxes) {
    text += (text.empty() ? "" : " ") + address.Format();
  }
  return text;
}

struct Case {
  std::string value, want;
};

void ExpectAll(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(Mailboxes(c.value), c.want) << testing::PrintToString(c.value);
  }
}

TEST(AddressList, ReadsTheExamplesOfRfc5322AppendixA) {
  ExpectAll({
      // A.1.1
      {" John Doe <jdoe@machine.example>", "jdoe@machine.example"},
      {" Mary Smith <mary@example.net>", "mary@example.net"},
      {" Michael Jones <mjones@machine.example>", "mjones@machine.example"},
      // A.1.2
      {" \"Joe Q. Public\" <john.q.public@example.com>", "john.q.public@example.com"},
      {" Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
       "mary@x.test jdoe@example.org one@y.test"},
      {" <boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
       "boss@nil.test sysservices@example.net"},
      // A.1.3
      {" A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
       "c@a.test joe@where.test jdoe@one.test"},
      {" Undisclosed recipients:;", ""},
      // A.2
      {" \"Mary Smith: Personal Account\" <smith@home.example>", "smith@home.example"},
      // A.5
      {" Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "pete@silly.test"},
      {" A Group(Some people)\n     :Chris Jones <c@(Chris's host.)public.example>,\n"
       "         joe@example.org,\n  John <jdoe@one.test> (my dear friend); (the end of the group)",
       "c@public.example joe@example.org jdoe@one.test"},
      {" (Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", ""},
      // A.6.1
      {" Joe Q. Public <john.q.public@example.com>", "john.q.public@example.com"},
      {" Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
       "mary@example.net jdoe@test.example"},
      // A.6.3
      {" John Doe <jdoe@machine(comment).  example>", "jdoe@machine.example"},
      {" Mary Smith\n\t  \n\t<mary@example.net>", "mary@example.net"},
  });
}

TEST(AddressList, ReadsUtf8OfRfc6532) {
  ExpectAll({
      {"Jürgen <jürgen@münchen.example>", "jürgen@xn--mnchen-3ya.example"},
      {"\"用户\" <用户@例え.テスト>", "用户@xn--r8jz45g.xn--zckzah"},
      {"(kömmentar) a@example.org", "a@example.org"},
      {"=?utf-8?q?J=C3=BCrgen?= <a@example.org>", "a@example.org"},
      {"J\xfcrgen <a@example.org>", "error"},
      {"\xc0\xbc"
       "a@example.org>",
       "error"},
      {"a\xc2\x9f@example.org", "error"},
      {"a\xed\xa0\x80@example.org", "error"},
      {"a\xf4\x90\x80\x80@example.org", "error"},
      {"a@example.org \xe2\x80", "error"},
  });
}

TEST(AddressList, ReadsObsoleteAndOddButLegalForms) {
  ExpectAll({
      // RFC 5322 section 4.4
      {"john . \"q public\" . x @ example . org", "\"john.q public.x\"@example.org"},
      {"john.(c)doe@(c)example(c).(c)org", "john.doe@example.org"},
      {"\"john\".doe@example.org", "john.doe@example.org"},
      {"<@a.test,,@b.test , : c@d.test>", "c@d.test"},
      {"< ,@a.test:c@d.test >", "c@d.test"},
      {",,a@b.test,,c@d.test,,", "a@b.test c@d.test"},
      {"g:,,a@b.test,;", "a@b.test"},
      {"a. b. c. <d@e.test>", "d@e.test"},
      {"\"a\"\"b\"<c@d.test>", "c@d.test"},
      {"a<b@c.test>", "b@c.test"},
      // white space round it is normal
      {" a@b.test ", "a@b.test"},
      {" <a@b.test>\r\n\t", "a@b.test"},
      {"\n <a@b.test> \n ", "a@b.test"},
      {"\ta@b.test\t", "a@b.test"},
      // folds
      {"\"a\r\n b\" <a@b.test>,\r\n c@d.test", "a@b.test c@d.test"},
      {"\"a\r\n b\"@c.test", "\"a b\"@c.test"},
      // nothing
      {"", ""},
      {"  ", ""},
      {"(nobody)", ""},
      {"a:;,b:;", ""},
      {"a:;, b@c.test", "b@c.test"},
  });
}

TEST(AddressList, SeesThroughQuotedLocalPartsThatImitateAnAddress) {
  ExpectAll({
      {"\"ceo@bank.test\"@evil.test", "\"ceo@bank.test\"@evil.test"},
      {"\"<ceo@bank.test>\"@evil.test", "\"<ceo@bank.test>\"@evil.test"},
      {"\"<ceo@bank.test>\" <a@evil.test>", "a@evil.test"},
      {"\"Ceo <ceo@bank.test>, \\\"x\" <a@evil.test>", "a@evil.test"},
      {"\"a\\\"@bank.test\"@evil.test", "\"a\\\"@bank.test\"@evil.test"},
      {"\"a\\\\\"@evil.test", "\"a\\\\\"@evil.test"},
      {"(<ceo@bank.test>) a@evil.test", "a@evil.test"},
      {"a@evil.test (<ceo@bank.test>)", "a@evil.test"},
      {"(\\() a@evil.test", "a@evil.test"},
      {"(\") <ceo@bank.test> (\") a@evil.test", "error"},
  });
}

TEST(AddressList, RefusesWhatItDoesNotUnderstand) {
  ExpectAll({
      {"a", "error"},
      {"John Doe", "error"},
      {",", "error"},
      {"<>", "error"},
      {"<a>", "error"},
      {"a@", "error"},
      {"@b.test", "error"},
      {"a@b@c.test", "error"},
      {"a@@b.test", "error"},
      {"a b@c.test", "error"},
      {"a@b c", "error"},
      {"a@b.test c@d.test", "error"},
      {"a@b.test <c@d.test>", "error"},
      {"<a@b.test> <c@d.test>", "error"},
      {"<a@b.test> c@d.test", "error"},
      {"<a@b.test", "error"},
      {"a@b.test>", "error"},
      {"Joe a@b.test>", "error"},
      {"<<a@b.test>>", "error"},
      {"<a@b.test>>", "error"},
      {"<a@b.test, c@d.test>", "error"},
      {"<(a@b.test>", "error"},
      {"(a@b.test", "error"},
      {"a@b.test)", "error"},
      {"\"a@b.test", "error"},
      {"\"a\\\"@b.test", "error"},
      {"a\"@b.test", "error"},
      {"\"a\"b@c.test", "error"},
      {"a..b@c.test", "error"},
      {".a@c.test", "error"},
      {"a.@c.test", "error"},
      {". <a@b.test>", "error"},
      {"a@b..test", "error"},
      {"a@b.test.", "error"},
      {"a@.b.test", "error"},
      {"a@b. .test", "error"},
      {"a@[192.0.2.1]", "error"},
      {"[a] <b@c.test>", "error"},
      {"a;b@c.test", "error"},
      {"a@b.test;", "error"},
      {"a\\b@c.test", "error"},
      {"g:a@b.test", "error"},
      {"g:h:a@b.test;;", "error"},
      {":a@b.test;", "error"},
      {".g:;", "error"},
      {"g:; x", "error"},
      {"a@b.test:c@d.test", "error"},
      {"<@a.test>", "error"},
      {"<@a.test c@d.test>", "error"},
      {"<@a.test@b.test:c@d.test>", "error"},
      {"<,:c@d.test>", "error"},
      {"<@a.test.:c@d.test>", "error"},
      {"=?utf-8?q?a@b.test?= <c@d.test>", "error"},
      {"a@b.test, broken", "error"},
      {"a@exa!mple.test", "error"},
      {"\"a\tb\"@c.test", "error"},
      // controls and line ends
      {std::string("a\0@b.test", 9), "error"},
      {std::string("a@b.test\0", 9), "error"},
      {std::string("\"\0\" <a@b.test>", 14), "error"},
      {"a@b.test\n", "error"},
      {"a@b.test\r\n", "error"},
      {"a@b.test\nc", "error"},
      {"a@b.test\r c", "error"},
      {"a\x1b@b.test", "error"},
      {"\"a\\\r\n b\" <a@b.test>", "error"},
      {"(a\\\n ) a@b.test", "error"},
      {"a\x7f@b.test", "error"},
  });
}

TEST(AddressList, TellsOfGroups) {
  EXPECT_TRUE(ParseAddressList("g:;")->has_group);
  EXPECT_TRUE(ParseAddressList("a@b.test, g:c@d.test;")->has_group);
  EXPECT_FALSE(ParseAddressList("a@b.test")->has_group);
}

std::string Repeated(std::string_view piece, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

TEST(AddressList, HasBounds) {
  const auto kind = [](std::string_view value) { return ParseAddressList(value).error().kind; };
  EXPECT_TRUE(ParseAddressList(Repeated("(", 100) + Repeated(")", 100) + "a@b.test"));
  EXPECT_EQ(kind(Repeated("(", 101) + Repeated(")", 101) + "a@b.test"), base::ErrorKind::kLimit);
  EXPECT_TRUE(ParseAddressList(Repeated("a@b.test,", 1000)));
  EXPECT_EQ(kind(Repeated("a@b.test,", 1001)), base::ErrorKind::kLimit);
  EXPECT_TRUE(ParseAddressList("<" + Repeated("@a,", 1000) + ":a@b.test>"));
  EXPECT_EQ(kind("<" + Repeated("@a,", 1001) + ":a@b.test>"), base::ErrorKind::kLimit);
  EXPECT_EQ(kind(std::string(512, 'a') + "a@b.test"), base::ErrorKind::kLimit);
  EXPECT_TRUE(ParseAddressList(std::string(kMaxAddressListBytes - 8, ' ') + "a@b.test"));
  EXPECT_EQ(kind(std::string(kMaxAddressListBytes - 7, ' ') + "a@b.test"), base::ErrorKind::kLimit);
}

// Anything quadratic needs minutes for these under the sanitizers; linear code some milliseconds.
TEST(AddressList, TakesHostileValuesInLinearTime) {
  const std::size_t n = kMaxAddressListBytes;
  const std::string values[] = {
      Repeated("(", 20'000) + Repeated(")", 20'000) + " a@b.test",
      Repeated("()", n / 2 - 10) + "a@b.test",
      Repeated("(a@b.test)", n / 10 - 1) + "a@b.test",
      Repeated("a ", n / 2 - 10) + "<a@b.test>",
      Repeated("a.", n / 2 - 10) + "a@b.test",
      Repeated("\"\\\"\"", n / 4 - 10) + "<a@b.test>",
      Repeated("=?", n / 2 - 10) + "<a@b.test>",
      "\"" + Repeated("=?a?q?a@b.test?=", n / 16 - 2) + "\"<a@b.test>",
      "\"" + Repeated("=?x?=", n / 5 - 4) + "\"<a@b.test>",
      "\"" + Repeated("a@", n / 2 - 10) + "\"<a@b.test>",
      "\"" + Repeated("a@b.test ", n / 9 - 2) + "\"<a@b.test>",
      "<" + Repeated("@a,", n / 3 - 10) + "@a:a@b.test>",
      "a@" + Repeated("b. ", n / 3 - 10) + "b",
      "a@" + Repeated("b.", n / 2 - 10) + "b",
      Repeated(",", n - 10) + "a@b.test",
      Repeated("g:;,", n / 4),
      Repeated("\n ", n / 2 - 10) + "a@b.test",
      Repeated("ü", n / 2 - 10) + "@b.test",
  };
  for (const std::string& value : values) {
    const auto start = std::chrono::steady_clock::now();
    ParseAddressList(value);
    const auto spent = std::chrono::steady_clock::now() - start;
    EXPECT_LT(spent, std::chrono::seconds(2)) << value.substr(0, 20);
  }
}

TEST(AddressList, ReadsBackWhatFormatWrites) {
  for (std::string_view local_part : {"a", "a.b", "", " ", "a b", "a\"b", "a\\b", "a\\", ".", "a.",
                                      "a..b", "<a@b>", "ü", "(", ","}) {
    const Address address{std::string(local_part), *Domain::Parse("example.org")};
    EXPECT_EQ(ParseAddressList(address.Format())->mailboxes.at(0), address) << local_part;
    EXPECT_EQ(*ParsePath(address.Format()), address) << local_part;
  }
}

}  // namespace
}  // namespace gatepost::mail
