// The processing limits of RFC 7208 section 4.6.4, over the whole check, and hostile records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "tests/common/auth/spf_fixture.h"

namespace gatepost::auth {
namespace {

using testing::Check;
using testing::Request;

std::string Repeat(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

// "name TXT "v=spf1 text"" as a zone line.
std::string Record(const std::string& name, const std::string& text) {
  return name + " TXT \"v=spf1 " + text + "\"\n";
}

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

TEST(SpfLimits, CountTermsOverAllRecords) {
  const std::string zone = "yes.example A 198.51.100.1\n" +
                           Record("five.example", Repeat("a:yes.example ", 5)) +
                           Record("four.example", Repeat("a:yes.example ", 4));
  struct Case {
    const char* record;
    SpfResult result;
    unsigned terms;
  };
  for (const Case& item : {
           Case{"include:four.example include:four.example -all", SpfResult::kFail, 10},
           {"include:four.example include:five.example -all", SpfResult::kPermError, 10},
           {"include:four.example a:yes.example redirect=four.example", SpfResult::kPermError, 10},
           {"include:four.example redirect=four.example", SpfResult::kNeutral, 10},
           {"include:five.example mx ptr exists:no.example ip4:1.2.3.4 -all", SpfResult::kPermError,
            9},
       }) {
    const SpfOutcome outcome = Check(zone + Record("example.org", item.record));
    EXPECT_EQ(outcome.result, item.result) << item.record << ": " << outcome.reason;
    EXPECT_EQ(outcome.terms, item.terms) << item.record;
  }
}

TEST(SpfLimits, NamesTheLimitAndTheTermOfTheFirstRecord) {
  const SpfOutcome outcome = Check(Record("example.org", "include:loop.example") +
                                   Record("loop.example", "include:example.org"));
  EXPECT_EQ(outcome.result, SpfResult::kPermError);
  EXPECT_EQ(outcome.reason, "too many DNS look-ups");
  EXPECT_EQ(outcome.mechanism, "include:loop.example");
}

TEST(SpfLimits, TermsBehindAMatchDoNotCount) {
  EXPECT_EQ(Check("example.org A 192.0.2.1\n" +
                  Record("example.org", "a " + Repeat("mx:x.example ", 20) + "-all"))
                .result,
            SpfResult::kPass);
}

TEST(SpfLimits, CountVoidLookupsOfTermsThatHadTheirTurn) {
  const std::string zone =
      "yes.example A 198.51.100.1\nnodata.example TXT \"x\"\n"
      "mx.example MX 10 no1.example\nmx.example MX 20 no2.example\n"
      "null.example MX 0 .\n";
  struct Case {
    const char* record;
    SpfResult result;
    unsigned voids;
  };
  for (const Case& item : {
           Case{"a:no.example exists:no2.example -all", SpfResult::kFail, 2},
           {"a:no.example a:nodata.example exists:no2.example -all", SpfResult::kPermError, 3},
           {"mx:no.example ptr a:no.example -all", SpfResult::kPermError, 3},
           {"mx:mx.example a:no.example -all", SpfResult::kFail, 2},
           {"mx:null.example a:no.example a:no.example -all", SpfResult::kFail, 2},
           {"a:no.example ip4:192.0.2.1 a:no.example a:no.example", SpfResult::kPass, 1},
           {"a:no.example a:yes.example/0 a:no.example a:no.example", SpfResult::kPass, 1},
           {"a:a..no.example a:b..no.example a:c..no.example -all", SpfResult::kFail, 0},
       }) {
    const SpfOutcome outcome = Check(zone + Record("example.org", item.record));
    EXPECT_EQ(outcome.result, item.result) << item.record << ": " << outcome.reason;
    EXPECT_EQ(outcome.void_lookups, item.voids) << item.record;
  }
  SpfLimits lenient;
  lenient.max_void_lookups = 5;
  EXPECT_EQ(Check(zone + Record("example.org", "a:n1.example a:n2.example a:n3.example ~all"),
                  Request(), lenient)
                .result,
            SpfResult::kSoftfail);
}

TEST(SpfLimits, RefuseMoreThanTenMailExchangersButMatchAmongTheFirst) {
  std::string zone = Record("example.org", "mx -all");
  for (int i = 0; i < 11; ++i) {
    const std::string host = "mx" + std::to_string(i) + ".example.org";
    zone += "example.org MX " + std::to_string(10 + i) + ' ' + host + '\n' + host +
            " A 198.51.100." + std::to_string(i) + '\n';
  }
  EXPECT_EQ(Check(zone).result, SpfResult::kPermError);
  EXPECT_EQ(Check(zone, Request("198.51.100.10")).result, SpfResult::kPermError);
  EXPECT_EQ(Check(zone, Request("198.51.100.9")).result, SpfResult::kPass);
}

TEST(SpfLimits, IgnoreNamesOfTheClientBeyondTen) {
  std::string zone = Record("example.org", "ptr -all");
  const auto add = [&zone](int count) {
    for (int i = 0; i < count; ++i) {
      zone += "1.2.0.192.in-addr.arpa PTR h" + std::to_string(i) + ".example.net\n";
    }
    zone += "1.2.0.192.in-addr.arpa PTR h.example.org\nh.example.org A 192.0.2.1\n";
  };
  const std::string bare = zone;
  add(9);
  EXPECT_EQ(Check(zone).result, SpfResult::kPass);
  zone = bare;
  add(10);
  EXPECT_EQ(Check(zone).result, SpfResult::kFail);
}

TEST(SpfLimits, AskOnlyForNamesOfTheClientWithinTheTarget) {
  test::MemoryResolver resolver(Record("example.org", "ptr -all") +
                                "1.2.0.192.in-addr.arpa PTR victim.example.net\n");
  EXPECT_EQ(Check(resolver).result, SpfResult::kFail);
  EXPECT_EQ(resolver.Count("victim.example.net"), 0U);
}

TEST(SpfLimits, RefuseLongRecords) {
  test::MemoryResolver resolver;
  resolver.AddTxt("example.org", "v=spf1 " + Repeat("ip4:192.0.2.1 ", 1000) + "+all");
  EXPECT_EQ(Check(resolver).result, SpfResult::kPass);
  resolver.AddTxt("long.example.org", "v=spf1 " + Repeat("ip4:192.0.2.1 ", 2000) + "+all");
  const SpfOutcome outcome = Check(resolver, Request("192.0.2.1", "long.example.org"));
  EXPECT_EQ(outcome.result, SpfResult::kPermError);
  EXPECT_EQ(outcome.reason, "long.example.org: SPF record too long");
}

// Ten terms of ten names, and the questions that such a check may put.
TEST(SpfLimits, TenTermsOfTenNamesStayWithinTheQuestions) {
  std::string zone = "example.org TXT \"v=spf1";
  std::string hosts;
  for (int i = 0; i < 10; ++i) {
    const std::string domain = "d" + std::to_string(i) + ".example";
    zone += " mx:" + domain;
    for (int j = 0; j < 10; ++j) {
      const std::string host = "h" + std::to_string(j) + '.' + domain;
      hosts += domain + " MX 10 " + host + '\n' + host + " A 198.51.100.1\n";
    }
  }
  test::MemoryResolver resolver(zone + " -all exp=why.%{p}.example\"\n" + hosts);
  EXPECT_EQ(Check(resolver).result, SpfResult::kFail);
  EXPECT_LE(resolver.Total(), SpfLimits{}.max_questions);
}

// 10 x 10 x 10 ... includes, each with names of its own, and every answer held back until the
// others are asked for.
TEST(SpfLimits, IncludeFanOutIsBounded) {
  const char* const record =
      "v=spf1 include:0.%{d} include:1.%{d} include:2.%{d} include:3.%{d} include:4.%{d} "
      "include:5.%{d} include:6.%{d} include:7.%{d} include:8.%{d} include:9.%{d} -all";
  test::MemoryResolver resolver;
  resolver.Add("example.org TXT \"" + std::string(record) + "\"\n*.example.org TXT \"" +
               std::string(record) + "\"\n");
  const SpfOutcome outcome = Check(resolver);
  EXPECT_EQ(outcome.result, SpfResult::kPermError);
  EXPECT_EQ(outcome.reason, "too many DNS look-ups");
  EXPECT_LE(resolver.Total(), 11U);
}

TEST(SpfLimits, CirclesEnd) {
  EXPECT_EQ(Check(Record("example.org", "include:example.org")).result, SpfResult::kPermError);
  EXPECT_EQ(Check(Record("example.org", "redirect=example.org")).result, SpfResult::kPermError);
  EXPECT_EQ(Check(Record("example.org", Repeat("include:example.org ", 10))).result,
            SpfResult::kPermError);
}

TEST(SpfHostile, HugeAndOddRecordsEndInTime) {
  const std::string alice(500, 'l');
  const std::string nul("\0", 1);
  const double start = CpuSeconds();
  for (const std::string& text : {
           std::string(65'536, 'a'),
           "v=spf1 " + std::string(65'529, ' '),
           "v=spf1 " + Repeat("a ", 8000),
           "v=spf1 " + Repeat("ip4:198.51.100.1 ", 960),
           "v=spf1 " + Repeat("ip6:2001:db8::1/64 ", 860),
           "v=spf1 a:" + Repeat("%{l}", 4000),
           "v=spf1 exists:" + Repeat("%{l1r-}", 2000) + ".example.org -all",
           "v=spf1 exists:" + Repeat("%{p}", 4000) + " -all",
           "v=spf1 a:" + Repeat("a.", 500) + "org -all",
           "v=spf1 " + nul + "all",
           "v=spf1 a:" + Repeat("%{", 5000),
           "v=spf1 " + Repeat("x=%{d127r.-+,/_=} ", 800),
           "v=spf1 include:" + std::string(16'000, 'x') + ".org",
           "v=spf1 -all exp=" + Repeat("%{l}", 3000) + ".example.org",
       }) {
    test::MemoryResolver resolver;
    resolver.AddTxt("example.org", text);
    SpfRequest request = Request();
    request.local_part = alice;
    const SpfOutcome outcome = Check(resolver, request);
    EXPECT_LE(outcome.reason.size(), 400U);
    EXPECT_LE(outcome.mechanism.size(), 203U);
  }
  EXPECT_LT(CpuSeconds() - start, 5.0);
}

TEST(SpfHostile, AThousandTxtRecordsAreReadOnce) {
  test::MemoryResolver resolver;
  for (int i = 0; i < 1000; ++i) resolver.AddTxt("example.org", "v=spf10 " + std::to_string(i));
  EXPECT_EQ(Check(resolver).result, SpfResult::kNone);
  resolver.AddTxt("example.org", "v=spf1 -all");
  EXPECT_EQ(Check(resolver).result, SpfResult::kFail);
  resolver.AddTxt("example.org", "v=spf1 -all");
  EXPECT_EQ(Check(resolver).result, SpfResult::kPermError);
}

// CVE-2023-42118: what brings libspf2's own explanation compiler down never gets there.
TEST(SpfHostile, ExplanationsThatBreakLibspf2AreExpandedByUs) {
  for (const int count : {1, 63, 127, 128, 255, 500}) {
    test::MemoryResolver resolver(Record("example.org", "-all exp=why.example.org"));
    resolver.AddTxt("why.example.org", Repeat("%{d}", count) + "abcd");
    const SpfOutcome outcome = Check(resolver);
    EXPECT_EQ(outcome.result, SpfResult::kFail);
    EXPECT_TRUE(outcome.explanation.starts_with("example.org")) << count;
    EXPECT_LE(outcome.explanation.size(), 500U);
  }
}

TEST(SpfHostile, ForeignLocalPartsAndHelosDoNoHarm) {
  for (const std::string& odd :
       {std::string("\0\1\2", 3), std::string("%{d}"), std::string("%n%s%x"), std::string("a b"),
        std::string(5000, '.'), std::string("h0.invalid"), std::string("t.invalid"),
        std::string("\xff\xfe")}) {
    SpfRequest request = Request();
    request.local_part = odd;
    request.helo = odd;
    EXPECT_EQ(Check(Record("example.org", "a:%{l} a:%{h}.x.example exists:%{s}.example ~all"),
                    request, {.max_void_lookups = 9})
                  .result,
              SpfResult::kSoftfail);
  }
}

}  // namespace
}  // namespace gatepost::auth
