#include "common/mail/domain.h"

#include <gtest/gtest.h>

namespace gatepost::mail {
namespace {

std::string Ascii(std::string_view text) {
  const auto domain = Domain::Parse(text);
  return domain ? domain->ascii() : "";
}

const std::string kLabel63(63, 'a');

TEST(Domain, IsKeptAsLowerCaseALabelsWithoutTrailingDot) {
  const std::string four_labels = kLabel63 + '.' + kLabel63 + '.' + kLabel63 + '.';
  const struct {
    std::string text, want;
  } cases[] = {
      {"example.org", "example.org"},
      {"Example.ORG.", "example.org"},
      {"localhost", "localhost"},
      {"_dmarc.example.org", "_dmarc.example.org"},
      {"sel._domainkey.Example.org", "sel._domainkey.example.org"},
      {"r3---sn-abc.example", "r3---sn-abc.example"},
      {"1.example", "1.example"},
      {kLabel63 + ".org", kLabel63 + ".org"},
      {four_labels + std::string(61, 'b'), four_labels + std::string(61, 'b')},
      // RFC 5890, RFC 5891
      {"münchen.example", "xn--mnchen-3ya.example"},
      {"MÜNCHEN.Example", "xn--mnchen-3ya.example"},
      {"mu\xcc\x88nchen.example", "xn--mnchen-3ya.example"},  // u and a combining diaeresis
      {"XN--MNCHEN-3YA.example", "xn--mnchen-3ya.example"},
      {"_dmarc.münchen.example", "_dmarc.xn--mnchen-3ya.example"},
      {"straße.example", "xn--strae-oqa.example"},  // non-transitional
      {"例え.テスト", "xn--r8jz45g.xn--zckzah"},
      {"ｅｘａｍｐｌｅ.org", "example.org"},
      {"mün\xc2\xad"
       "chen.example",
       "xn--mnchen-3ya.example"},  // soft hyphen
      // A-labels that IDNA2008 does not know are carried by DNS.
      {"xn--i-7iq.ws", "xn--i-7iq.ws"},
      {"xn--.example", ""},
      {"xn--a.münchen", "xn--a.xn--mnchen-3ya"},
  };
  for (const auto& c : cases) EXPECT_EQ(Ascii(c.text), c.want) << c.text;
}

TEST(Domain, RefusesWhatIsNoName) {
  const std::string four_labels = kLabel63 + '.' + kLabel63 + '.' + kLabel63 + '.';
  const std::string cases[] = {
      "",
      ".",
      "..",
      ".org",
      "example..org",
      "example.org..",
      "[192.0.2.1]",
      "exa mple.org",
      " example.org",
      "example.org\n",
      "example.org/1",
      "a@b",
      "*.example.org",
      "-a.org",
      "a-.org",
      kLabel63 + "a.org",
      four_labels + std::string(62, 'b'),
      std::string("exam\0ple.org", 12),
      std::string("münchen.example\0.org", 20),
      "m\xfcnchen.example",    // Latin-1
      "\xc0\xaf.example",      // overlong
      "\xed\xa0\x80.example",  // surrogate
      "a\xe3\x80\x82"
      "b.example",  // U+3002 would be a dot
      "a\xef\xbc\x8e"
      "b.example",         // U+FF0E
      "\xc2\xad.example",  // maps to nothing
      "☃.example",         // DISALLOWED
      "1א.example",        // RFC 5893
      "-ü.example",
      "ab--ü.example",
      "xn--ü.example",
      "user\xef\xbc\xa0"
      "example.org",              // wide @
      "exa\xe2\x80\xaemple.org",  // right-to-left override
      std::string(100'000, 'a'),
      std::string(100'000, '.'),
  };
  for (const auto& text : cases) EXPECT_EQ(Ascii(text), "") << testing::PrintToString(text);
}

TEST(Domain, HidesForeignBytesInItsError) {
  const auto domain = Domain::Parse("evil\r\n.org");
  ASSERT_FALSE(domain);
  EXPECT_EQ(domain.error().kind, base::ErrorKind::kInvalid);
  EXPECT_EQ(domain.error().message.find('\n'), std::string::npos);
}

TEST(Domain, ShowsULabelsOnlyWhereTheyConvertBack) {
  const struct {
    std::string_view text, want;
  } cases[] = {
      {"xn--mnchen-3ya.example", "münchen.example"},
      {"_dmarc.xn--mnchen-3ya.example", "_dmarc.münchen.example"},
      {"example.org", "example.org"},
      {"xn--i-7iq.ws", "xn--i-7iq.ws"},
      {"xn--a.example", "xn--a.example"},
      {"xn--n3h.example", "xn--n3h.example"},  // U+2603
  };
  for (const auto& c : cases) EXPECT_EQ(Domain::Parse(c.text)->Display(), c.want) << c.text;
}

TEST(Domain, IsWithinItselfAndWhatIsAboveItByWholeLabels) {
  const auto parent = *Domain::Parse("example.org");
  EXPECT_TRUE(Domain::Parse("example.org")->IsWithin(parent));
  EXPECT_TRUE(Domain::Parse("a.b.Example.org.")->IsWithin(parent));
  EXPECT_FALSE(Domain::Parse("badexample.org")->IsWithin(parent));
  EXPECT_FALSE(Domain::Parse("org")->IsWithin(parent));
}

TEST(Domain, CountsItsLabelsAndKnowsItsParent) {
  const auto domain = *Domain::Parse("a.example.org");
  EXPECT_EQ(domain.label_count(), 3u);
  EXPECT_EQ(domain.Parent()->ascii(), "example.org");
  EXPECT_EQ(domain.Parent()->Parent()->ascii(), "org");
  EXPECT_EQ(domain.Parent()->Parent()->Parent(), std::nullopt);
}

}  // namespace
}  // namespace gatepost::mail
