// Whole checks: results, what is told of them, identities, explanations, %{p}.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/auth/spf_fixture.h"

namespace gatepost::auth {
namespace {

using testing::Check;
using ::testing::HasSubstr;
using testing::Request;

struct Case {
  const char* record;
  SpfResult result;
  const char* mechanism;
};

TEST(SpfCheck, TellsTheResultAndTheTermThatDecided) {
  const std::string zone = R"(
    example.org A 192.0.2.1
    example.org MX 10 mx.example.org
    mx.example.org A 192.0.2.1
    other.example A 192.0.2.9
    pass.example TXT "v=spf1 ip4:192.0.2.0/24 -all"
    fail.example TXT "v=spf1 -all"
    none.example A 192.0.2.9
    down.example !servfail
    1.2.0.192.in-addr.arpa PTR host.example.org
    host.example.org A 192.0.2.1
)";
  for (const Case& item : {
           Case{"a -all", SpfResult::kPass, "a"},
           {"?a:other.example/24 -all", SpfResult::kNeutral, "?a:other.example/24"},
           {"a:other.example ~mx -all", SpfResult::kSoftfail, "~mx"},
           {"ptr -all", SpfResult::kPass, "ptr"},
           {"-ptr:example.org all", SpfResult::kFail, "-ptr:example.org"},
           {"exists:%{d} -all", SpfResult::kPass, "exists:%{d}"},
           {"ip4:198.51.100.0/24 ip4:192.0.2.0/24 -all", SpfResult::kPass, "ip4:192.0.2.0/24"},
           {"include:pass.example -all", SpfResult::kPass, "include:pass.example"},
           {"-include:pass.example all", SpfResult::kFail, "-include:pass.example"},
           {"include:fail.example ~all", SpfResult::kSoftfail, "~all"},
           {"include:none.example ~all", SpfResult::kPermError, "include:none.example"},
           {"include:down.example ~all", SpfResult::kTempError, "include:down.example"},
           {"redirect=fail.example", SpfResult::kFail, "-all"},
           {"redirect=none.example", SpfResult::kPermError, "redirect=none.example"},
           {"redirect=down.example", SpfResult::kTempError, "redirect=down.example"},
           {"redirect=fail.example a:other.example", SpfResult::kFail, "-all"},
           {"redirect=fail.example ?all", SpfResult::kNeutral, "?all"},
           {"a:down.example +all", SpfResult::kTempError, "a:down.example"},
           {"a:other.example", SpfResult::kNeutral, "default"},
           {"", SpfResult::kNeutral, "default"},
           {"moo", SpfResult::kPermError, ""},
           {"include:localhost.%{l1r-} all", SpfResult::kPermError, "include:localhost.%{l1r-}"},
           {"include:%{l} all", SpfResult::kPermError, "include:%{l}"},
           {"a:a..example.org ~all", SpfResult::kSoftfail, "~all"},
       }) {
    const auto outcome =
        Check(zone + "example.org TXT \"v=spf1 " + item.record + "\"\n", Request());
    EXPECT_EQ(outcome.result, item.result) << item.record << ": " << outcome.reason;
    EXPECT_EQ(outcome.mechanism, item.mechanism) << item.record;
    EXPECT_NE(outcome.reason, "") << item.record;
  }
}

TEST(SpfCheck, GivesAReasonThatPeopleUnderstand) {
  struct Wanted {
    const char* zone;
    const char* reason;
  };
  for (const Wanted& item : {
           Wanted{"example.org TXT \"v=spf1 moo\"", "example.org: syntax error in \"moo\""},
           {"example.org TXT \"hello\"", "example.org: no SPF record"},
           {"example.org TXT \"v=spf1\"\nexample.org TXT \"v=spf1 -all\"",
            "example.org: several SPF records"},
           {"example.org !servfail", "example.org: DNS look-up failed"},
           {"example.org TXT \"v=spf1 -all\"", "example.org does not permit this client"},
           {"example.org TXT \"v=spf1 include:x.example -all\"", "x.example: no SPF record"},
       }) {
    EXPECT_EQ(Check(item.zone).reason, item.reason);
  }
}

// RFC 7208 section 4.3.
TEST(SpfCheck, GivesNoneForWhatIsNoDomain) {
  for (const std::string& domain :
       {std::string(), std::string("localhost"), std::string("a..example.org"),
        std::string("[192.0.2.1]"), std::string("exa mple.org"), std::string("example.org\0", 12),
        std::string(64, 'a') + ".example.org", std::string("\xff.example.org")}) {
    test::MemoryResolver resolver;
    EXPECT_EQ(Check(resolver, Request("192.0.2.1", domain)).result, SpfResult::kNone);
    EXPECT_EQ(resolver.Total(), 0U) << domain;
  }
  std::string labels;
  for (int i = 0; i < 500; ++i) labels += "a.";
  EXPECT_EQ(Check("", Request("192.0.2.1", labels + "example.org")).result, SpfResult::kNone);
  SpfRequest local = Request();
  local.client = {};
  EXPECT_EQ(Check("example.org TXT \"v=spf1 +all\"", local).result, SpfResult::kNone);
}

TEST(SpfCheck, AsksForUnicodeDomainsAsALabels) {
  const char* const zone =
      "xn--bcher-kva.example TXT \"v=spf1 exists:%{o}.x.example -all\"\n"
      "xn--bcher-kva.example.x.example A 127.0.0.2";
  EXPECT_EQ(Check(zone, Request("192.0.2.1",
                                "b\xC3\xBC"
                                "cher.example"))
                .result,
            SpfResult::kPass);
  EXPECT_EQ(Check(zone, Request("192.0.2.1", "XN--BCHER-KVA.example.")).result, SpfResult::kPass);
}

TEST(SpfCheck, TakesPostmasterWhereThereIsNoLocalPart) {
  SpfRequest request = Request();
  request.local_part = "";
  EXPECT_EQ(Check("example.org TXT \"v=spf1 exists:%{l}.example.org -all\"\n"
                  "postmaster.example.org A 127.0.0.2",
                  request)
                .result,
            SpfResult::kPass);
}

TEST(SpfCheck, TreatsMappedClientsAsIpv4) {
  EXPECT_EQ(Check("example.org TXT \"v=spf1 ip6:::ffff:192.0.2.1 -ip4:192.0.2.1 +all\"",
                  Request("::ffff:192.0.2.1"))
                .result,
            SpfResult::kFail);
}

TEST(SpfCheck, JoinsTheStringsOfARecord) {
  EXPECT_EQ(Check("example.org TXT \"v=spf1 ip4:192\" \".0.2.1 -all\"").result, SpfResult::kPass);
}

// RFC 7208 section 6.2.
TEST(SpfCheck, ExplainsAFailInPrintableText) {
  const std::string zone = "example.org TXT \"v=spf1 -all exp=why.%{d}\"\n";
  EXPECT_EQ(Check(zone + "why.example.org TXT \"See http://x.example/?s=%{S}&i=%{c}&r=%{r}\"")
                .explanation,
            "See http://x.example/?s=alice%40example.org&i=192.0.2.1&r=unknown");
  SpfRequest odd = Request();
  odd.local_part = "a\r\nb\xC3\xA9\x01";
  EXPECT_EQ(Check(zone + "why.example.org TXT \"%{l}\"", odd).explanation, "a??b???");
  for (const char* const answer :
       {"TXT \"%{z}\"", "TXT \"one\"\nwhy.example.org TXT \"two\"", "!servfail", "A 192.0.2.1",
        "TXT \"\\195\\169\"", "!timeout", "TXT \"a\\009b\""}) {
    const SpfOutcome outcome = Check(zone + "why.example.org " + answer);
    EXPECT_EQ(outcome.result, SpfResult::kFail);
    EXPECT_EQ(outcome.explanation, "") << answer;
  }
}

TEST(SpfCheck, AsksForNoExplanationUnlessItFails) {
  test::MemoryResolver resolver(
      "example.org TXT \"v=spf1 ~all exp=why.example.org\"\n"
      "why.example.org TXT \"no\"");
  EXPECT_EQ(Check(resolver).explanation, "");
  EXPECT_EQ(resolver.Count("why.example.org"), 0U);
}

// Section 7.3: the domain itself, then names below it, then any; only names that lead back.
TEST(SpfCheck, ExpandsPToTheBestNameThatLeadsBackToTheClient) {
  const std::string zone = R"(
    example.org TXT "v=spf1 -all exp=why.example.org"
    why.example.org TXT "%{p}"
    other.example A 192.0.2.1
    lies.example.org A 192.0.2.77
    mx.example.org A 192.0.2.1
    example.org A 192.0.2.1
    down.example !servfail
)";
  const std::string ptr = "1.2.0.192.in-addr.arpa PTR ";
  EXPECT_EQ(Check(zone).explanation, "unknown");
  EXPECT_EQ(Check(zone + ptr + "lies.example.org").explanation, "unknown");
  EXPECT_EQ(Check(zone + ptr + "down.example\n" + ptr + "other.example").explanation,
            "other.example");
  EXPECT_EQ(Check(zone + ptr + "other.example\n" + ptr + "mx.example.org").explanation,
            "mx.example.org");
  EXPECT_EQ(Check(zone + ptr + "mx.example.org\n" + ptr + "Example.ORG").explanation,
            "example.org");
}

TEST(SpfCheck, NamesTheResultsAsAuthenticationResultsDoes) {
  EXPECT_EQ(Name(SpfResult::kNone), "none");
  EXPECT_EQ(Name(SpfResult::kTempError), "temperror");
  EXPECT_EQ(Name(SpfResult::kSoftfail), "softfail");
}

}  // namespace
}  // namespace gatepost::auth
