#include "common/auth/spf_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatepost::auth {
namespace {

TEST(SpfRecord, IsTheVersionAndThenASpaceOrTheEnd) {
  EXPECT_TRUE(SpfRecord::IsSpf("v=spf1"));
  EXPECT_TRUE(SpfRecord::IsSpf("V=SPF1 -all"));
  EXPECT_FALSE(SpfRecord::IsSpf("v=spf10"));
  EXPECT_FALSE(SpfRecord::IsSpf("v=spf1\t-all"));
  EXPECT_FALSE(SpfRecord::IsSpf(" v=spf1"));
  EXPECT_FALSE(SpfRecord::IsSpf(""));
}

// RFC 7208 sections 4.6, 5, 6 and 12.
TEST(SpfRecord, TakesWhatTheGrammarAllows) {
  for (const char* const text : {
           "v=spf1",
           "v=spf1   ",
           "v=spf1 all",
           "v=spf1 +ALL -all ~all ?all",
           "v=spf1 a a:example.org a/24 a//64 a/24//64 a:example.org/0//0 a:%{d}/32//128",
           "v=spf1 mx mx:example.org. mx/8",
           "v=spf1 ptr ptr:example.org PTR:%{d}",
           "v=spf1 ip4:192.0.2.1 ip4:192.0.2.1/0 ip4:10.0.0.0/32",
           "v=spf1 ip6:::1 ip6:2001:db8::/32 ip6:::ffff:192.0.2.1/128",
           "v=spf1 exists:%{ir}.%{v}._spf.%{d2} exists:%%.example.org",
           "v=spf1 include:_spf.example.org include:%{d}",
           "v=spf1 redirect=_spf.example.org exp=explain._spf.%{d}",
           "v=spf1 redirect=a.example.org -all",
           "v=spf1 a:foo:bar/baz.example.com a:x.xn--zckzah a:1.2.3.4.x-1y",
           "v=spf1 include=anything x=y moo.cow-far_out=man:dog/cat default= X=%{c}%{r}%{t}",
           "v=spf1 a:%{l1r+-/,_=.}.example.org a:%{S}%{O}%{I}%{H}%{P}",
       }) {
    const auto record = SpfRecord::Parse(text);
    EXPECT_TRUE(record) << text << ": " << record.error().message;
  }
}

TEST(SpfRecord, RefusesEverythingElseWhereverItStands) {
  for (const char* const term : {
           "moo",
           "1up=foo",
           "=all",
           "-",
           "-redirect=example.org",
           // all
           "all.",
           "all:foo",
           "all/8",
           "-all:",
           // include, exists: a domain and nothing else
           "include",
           "include:",
           "include:example.org/24",
           "exists",
           "exists:",
           "exists/24",
           "exists:example.org/24",

           "redirect:example.org",
           // ptr
           "ptr/0",
           "ptr:",
           "ptr:example.org/8",
           // ip4, ip6
           "ip4",
           "ip4:",
           "ip4:1.2.3",
           "ip4:1.2.3.4/33",
           "ip4:1.2.3.4/032",
           "ip4:1.2.3.4//32",
           "ip4:1.2.3.4:80",
           "ip4:1.2.3.4/",
           "ip4:01.2.3.4",
           "ip4:::1",
           "ip4:1.2.3.4/-1",
           "ip4:1.2.3.256",
           "ip4/8",
           "ip6",
           "ip6::CAFE::BABE",
           "ip6:::1/129",
           "ip6:::1//64",
           "ip6:1.2.3.4",
           "ip6:::1/0064",
           "ip6:fe80::1%eth0",
           // prefix lengths
           "a/33",
           "a//129",
           "a/24/64",
           "a//64/24",
           "a/",
           "a//",
           "a/-1",
           "a/ 8",
           "a/1x",
           "a/4294967297",
           "a/00",
           // domain-spec: ends in a top label or in a macro
           "a:",
           "a:museum",
           "a:museum.",
           "a:111.222.33.44",
           "a:abc.123",
           "a:example.-com",
           "a:example.com-",
           "a:example.com:8080",
           "a:foo-bar",
           "a:example.com..",
           "a:%{d}com",
           "a:.",
           "a:%{d}.",
           "a:example.c_m",
           // macros
           "a:%",
           "a:%a.example.org",
           "a:%{",
           "a:%{}",
           "a:%{x}.org",
           "a:%{d0}",
           "a:%{d00r}",
           "a:%{dr0}",
           "a:%{d2x}",
           "a:%{d r}",
           "a:%(d).org",
           "a:%{c}",
           "a:%{r}.org",
           "a:%{t}.org",
           "x=%",
           "x=%{",
           "x=%{q}",
           // modifiers
           "redirect=",
           "exp=",
           "exp=-all",
           "exp=%{r}.example.org",
           "redirect=-all",
           "redirect=a.example.org redirect=a.example.org",
           "exp=a.example.org EXP=a.example.org",
       }) {
    for (const std::string& text :
         {"v=spf1 " + std::string(term), "v=spf1 -all " + std::string(term),
          "v=spf1 " + std::string(term) + " +all"}) {
      EXPECT_FALSE(SpfRecord::Parse(text)) << text;
    }
  }
}

TEST(SpfRecord, RefusesBytesThatAreNotPrintableAscii) {
  for (const std::string& term :
       {std::string("ip4:1.2.3.4\0", 12), std::string("a:\0", 3), std::string("\tall"),
        std::string("all\r\n"), std::string("x=\x7f"), std::string("a:\xC3\xA9.example.org")}) {
    EXPECT_FALSE(SpfRecord::Parse("v=spf1 " + term));
  }
}

TEST(SpfRecord, TellsWhichTermIsWrongInPrintableText) {
  EXPECT_EQ(SpfRecord::Parse("v=spf1 mx moo -all").error().message, "syntax error in \"moo\"");
  EXPECT_LT(SpfRecord::Parse("v=spf1 " + std::string(9000, 'm')).error().message.size(), 100U);
}

TEST(SpfRecord, KeepsQualifiersPrefixesAndThePublishedText) {
  const SpfRecord record =
      SpfRecord::Parse("v=spf1 ?mX:example.org/24//64 -ip6:2001:db8::/32 redirect=%{d}").value();
  ASSERT_EQ(record.mechanisms.size(), 2U);
  EXPECT_EQ(record.mechanisms[0].kind, SpfTermKind::kMx);
  EXPECT_EQ(record.mechanisms[0].qualifier, SpfResult::kNeutral);
  EXPECT_EQ(record.mechanisms[0].prefix4, 24U);
  EXPECT_EQ(record.mechanisms[0].prefix6, 64U);
  EXPECT_EQ(record.mechanisms[0].text, "?mX:example.org/24//64");
  EXPECT_EQ(record.mechanisms[1].qualifier, SpfResult::kFail);
  EXPECT_EQ(record.mechanisms[1].prefix6, 32U);
  EXPECT_EQ(record.redirect->text, "redirect=%{d}");
  EXPECT_FALSE(record.explanation);
}

}  // namespace
}  // namespace gatepost::auth
