// "Verifying External Destinations" of RFC 9990, step by step.
#include "tools/dmarc-report/report_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_resolver.h"

namespace gatepost::dmarc_report {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kName = "example.com._report._dmarc.other.example";

base::Deadline Soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(10); }

Destination Ask(test::MemoryResolver& resolver, const std::string& address,
                const std::string& domain = "example.com") {
  return DestinationCheck(resolver, WalkTree(resolver))
      .Check(*mail::Domain::Parse(domain), address, Soon());
}

Destination AskWith(const std::string& text) {
  test::MemoryResolver resolver;
  resolver.AddTxt(kName, text);
  return Ask(resolver, "r@other.example");
}

TEST(ReportAddress, TheSameOrganizationNeedsNoConsent) {
  test::MemoryResolver resolver;
  resolver.AddTxt("_dmarc.example.com", "v=DMARC1; p=none");
  for (const auto& [domain, address] :
       {std::pair("example.com", "r@example.com"), std::pair("example.com", "r@mail.example.com"),
        std::pair("news.example.com", "r@example.com"),
        std::pair("a.example.com", "r@b.example.com")}) {
    const auto answer = Ask(resolver, address, domain);
    EXPECT_EQ(answer.consent, Consent::kGiven) << domain << " " << address;
    EXPECT_THAT(answer.addresses, ElementsAre(address));
  }
  EXPECT_EQ(resolver.Count("example.com._report._dmarc.mail.example.com"), 0U);
}

TEST(ReportAddress, NeighboursBelowAPublicSuffixDomainAreStrangers) {  // RFC 9989 section 4.10
  test::MemoryResolver resolver;
  resolver.AddTxt("_dmarc.bank", "v=DMARC1; p=none; psd=y");
  EXPECT_EQ(Ask(resolver, "r@b.bank", "a.bank").consent, Consent::kRefused);
  EXPECT_EQ(resolver.Count("a.bank._report._dmarc.b.bank"), 1U);
}

TEST(ReportAddress, ARecordThatBeginsWithItsVersionIsConsent) {  // steps 6 to 8
  struct Case {
    const char* text;
    Consent want;
  };
  for (const Case& c :
       {Case{"v=DMARC1", Consent::kGiven}, Case{"v=DMARC1;", Consent::kGiven},
        Case{"v=DMARC1; x=y", Consent::kGiven}, Case{"", Consent::kRefused},
        Case{"v=spf1 -all", Consent::kRefused}, Case{"x=y; v=DMARC1", Consent::kRefused},
        Case{"v=DMARC2", Consent::kRefused}, Case{"v=dmarc1", Consent::kRefused},
        Case{"hello", Consent::kRefused}}) {
    EXPECT_EQ(AskWith(c.text).consent, c.want) << c.text;
  }
}

TEST(ReportAddress, OneGoodRecordAmongOthersIsEnough) {  // step 8
  test::MemoryResolver resolver;
  resolver.AddTxt(kName, "something else");
  resolver.AddTxt(kName, "v=DMARC1");
  EXPECT_EQ(Ask(resolver, "r@other.example").consent, Consent::kGiven);
}

TEST(ReportAddress, ARuaReplacesTheAddressAtTheSameHostOnly) {  // step 9
  EXPECT_THAT(AskWith("v=DMARC1; rua=mailto:new@other.example").addresses,
              ElementsAre("new@other.example"));
  EXPECT_THAT(AskWith("v=DMARC1; rua=mailto:a@other.example,mailto:b@other.example").addresses,
              ElementsAre("a@other.example", "b@other.example"));
  EXPECT_THAT(AskWith("v=DMARC1; rua=https://other.example/").addresses,
              ElementsAre("r@other.example"));
  const auto elsewhere = AskWith("v=DMARC1; rua=mailto:a@victim.example");
  EXPECT_EQ(elsewhere.consent, Consent::kRefused);
  EXPECT_THAT(elsewhere.addresses, IsEmpty());
  EXPECT_EQ(AskWith("v=DMARC1; rua=mailto:a@sub.other.example").consent, Consent::kRefused);
}

TEST(ReportAddress, AWildcardIsWillingForAll) {
  test::MemoryResolver resolver("*._report._dmarc.other.example TXT \"v=DMARC1\"\n");
  EXPECT_EQ(Ask(resolver, "r@other.example").consent, Consent::kGiven);
}

TEST(ReportAddress, ATemporaryErrorIsNeitherYesNorNo) {  // step 5
  for (const char* name : {kName, "_dmarc.other.example", "_dmarc.example.com"}) {
    test::MemoryResolver resolver;
    resolver.AddTxt(kName, "v=DMARC1");
    resolver.Fail(name, dns::Status::kTimeout);
    EXPECT_EQ(Ask(resolver, "r@other.example").consent, Consent::kUnknown) << name;
  }
}

TEST(ReportAddress, ANameTooLongForDnsIsNoConsent) {  // step 4
  test::MemoryResolver resolver;
  std::string domain;
  while (domain.size() < 225) domain += "abcdefghi.";
  EXPECT_EQ(Ask(resolver, "r@other.example", domain + "example").consent, Consent::kRefused);
}

TEST(ReportAddress, DomainsAreAskedForAsALabels) {  // step 3
  test::MemoryResolver resolver;
  resolver.AddTxt("xn--bcher-kva.example._report._dmarc.xn--strae-oqa.example", "v=DMARC1");
  EXPECT_EQ(Ask(resolver,
                "r@stra\xc3\x9f"
                "e.example",
                "b\xc3\xbc"
                "cher.example")
                .consent,
            Consent::kGiven);
}

TEST(ReportAddress, WhatIsNoAddressIsRefused) {
  test::MemoryResolver resolver;
  for (const char* address : {"", "x", "@other.example", "a@", "a@b@c", "a@-", "a b@c.example"}) {
    EXPECT_EQ(Ask(resolver, address).consent, Consent::kRefused) << address;
  }
  EXPECT_EQ(resolver.Total(), 0U);
}

}  // namespace
}  // namespace gatepost::dmarc_report
