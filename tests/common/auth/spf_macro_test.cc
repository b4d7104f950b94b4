#include "common/auth/spf_macro.h"

#include <gtest/gtest.h>

namespace gatepost::auth {
namespace {

// The values of RFC 7208 section 7.4.
SpfMacroValues Values(std::string_view client = "192.0.2.3") {
  SpfMacroValues values;
  values.local_part = "strong-bad";
  values.sender_domain = "email.example.com";
  values.domain = "email.example.com";
  values.helo = "mail.example.net";
  values.receiver = "mx.example.org";
  values.validated_name = "host.example.com";
  values.client = base::IpAddress::Parse(client).value();
  values.now = base::WallTime(std::chrono::seconds(1'700'000'000));
  return values;
}

std::string Name(std::string_view text, const SpfMacroValues& values = Values()) {
  return SpfMacroString::Parse(text, SpfMacroUse::kName).value().ExpandName(values);
}

std::string Text(std::string_view text, const SpfMacroValues& values = Values()) {
  return SpfMacroString::Parse(text, SpfMacroUse::kExplanation).value().ExpandText(values, 500);
}

struct Case {
  const char* text;
  const char* want;
};

TEST(SpfMacro, ExpandsTheExamplesOfTheRfc) {
  for (const Case& item : {
           Case{"%{s}", "strong-bad@email.example.com"},
           {"%{o}", "email.example.com"},
           {"%{d}", "email.example.com"},
           {"%{d4}", "email.example.com"},
           {"%{d3}", "email.example.com"},
           {"%{d2}", "example.com"},
           {"%{d1}", "com"},
           {"%{dr}", "com.example.email"},
           {"%{d2r}", "example.email"},
           {"%{l}", "strong-bad"},
           {"%{l-}", "strong.bad"},
           {"%{lr}", "strong-bad"},
           {"%{lr-}", "bad.strong"},
           {"%{l1r-}", "strong"},
           {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
           {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
           {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
           {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
           {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
       }) {
    EXPECT_EQ(Name(item.text), item.want) << item.text;
  }
  EXPECT_EQ(Name("%{ir}.%{v}._spf.%{d2}", Values("2001:db8::cb01")),
            "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com");
}

TEST(SpfMacro, ExpandsEveryLetterAndEscape) {
  for (const Case& item : {
           Case{"%{h} %{p} %{c} %{r} %{t}",
                "mail.example.net host.example.com 192.0.2.3 mx.example.org 1700000000"},
           {"a%%b%_c%-d", "a%b c%20d"},
           {"%{S}", "strong-bad%40email.example.com"},
           {"%{H}", "mail.example.net"},
           {"%{d0127}", "email.example.com"},
           {"%{d99999999999999999999999}", "email.example.com"},
           {"%{o1r.}", "email"},
       }) {
    EXPECT_EQ(Text(item.text), item.want);
  }
  EXPECT_EQ(Text("%{c}", Values("2001:db8::cb01")), "2001:db8::cb01");
}

TEST(SpfMacro, SplitsAtEveryDelimiterAndKeepsEmptyParts) {
  SpfMacroValues values = Values();
  values.local_part = "a.b-c+d,e/f_g=h";
  EXPECT_EQ(Text("%{l.-+,/_=}", values), "a.b.c.d.e.f.g.h");
  EXPECT_EQ(Text("%{l2r.-+,/_=}", values), "b.a");
  values.local_part = "--a--";
  EXPECT_EQ(Text("%{l-}", values), "..a..");
  EXPECT_EQ(Text("%{l1-}", values), "");
  values.local_part = "";
  EXPECT_EQ(Text("<%{l2r-}>", values), "<>");
}

TEST(SpfMacro, EscapesAllButUnreservedCharacters) {
  SpfMacroValues values = Values();
  values.local_part = "~jack&jill=up-a_b3.c\xC3\xA9 %";
  EXPECT_EQ(Text("%{L}", values), "~jack%26jill%3Dup-a_b3.c%C3%A9%20%25");
  EXPECT_EQ(Text("%{L1r=}", values), "~jack%26jill");
}

// RFC 7208 section 7.3: from the left, by whole labels.
TEST(SpfMacro, CutsALongNameFromTheLeft) {
  SpfMacroValues values = Values();
  const std::string label(49, 'x');
  const std::string labels = label + "." + label + "." + label + "." + label + "." + label;  // 249
  values.local_part = labels;
  EXPECT_EQ(Name("%{l}.abc", values).size(), 253U);
  EXPECT_EQ(Name("%{l}.abcd", values).size(), 249U - 50 + 5);
  EXPECT_EQ(Name("%{l}.%{l}.%{l}.abc", values), std::string(values.local_part) + ".abc");
  const std::string one_label(400, 'y');
  values.local_part = one_label;
  EXPECT_EQ(Name("%{l}.example.org", values), "example.org");
  EXPECT_EQ(Name("example.%{l}", values), "");
  EXPECT_EQ(Name("example.org."), "example.org");
}

TEST(SpfMacro, BoundsWhatExplodes) {
  SpfMacroValues values = Values();
  const std::string local_part(500, 'l');
  values.local_part = local_part;
  std::string text;
  for (int i = 0; i < 4000; ++i) text += "%{l}";
  EXPECT_EQ(Text(text, values).size(), 500U);
  EXPECT_EQ(Name(text + ".example.org", values), "example.org");
}

TEST(SpfMacro, KnowsWhetherItNeedsTheValidatedName) {
  EXPECT_TRUE(
      SpfMacroString::Parse("a.%{P2}.org", SpfMacroUse::kName).value().NeedsValidatedName());
  EXPECT_FALSE(SpfMacroString::Parse("p.%{d}", SpfMacroUse::kName).value().NeedsValidatedName());
}

}  // namespace
}  // namespace gatepost::auth
