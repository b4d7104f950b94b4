// What DmarcCheck asks and when; what comes out is in dmarc_cases.txt.
#include "common/auth/dmarc.h"
#include "tests/support/memory_resolver.h"

namespace gatepost::auth {
namespace {

using namespace std::chrono_literals;
using test::MemoryResolver;

mail::Domain D(std::string_view name) { return mail::Domain::Parse(name).value(); }

void Publish(MemoryResolver& resolver, std::string_view name, std::string_view tags) {
  resolver.AddTxt("_dmarc." + std::string(name), "v=DMARC1; " + std::string(tags));
}

DmarcCheck TreeCheck(std::string_view author, MemoryResolver& resolver) {
  return DmarcCheck(D(author), DiscoveryMethod::kTreeWalk, nullptr, resolver);
}

DmarcOutcome Decide(DmarcCheck& check, const DmarcIdentifiers& identifiers) {
  dns::Finish(check.tasks(), std::chrono::steady_clock::now() + 10s);
  return check.Decide(identifiers);
}

DmarcIdentifiers Dkim(std::vector<mail::Domain> domains) {
  DmarcIdentifiers identifiers;
  identifiers.dkim = std::move(domains);
  return identifiers;
}

TEST(DmarcCheck, AsksWhenItIsMade) {
  MemoryResolver resolver;
  resolver.Hold("_dmarc.example.com");
  DmarcCheck check = TreeCheck("example.com", resolver);
  EXPECT_EQ(resolver.Count("_dmarc.example.com"), 1U);
  EXPECT_EQ(resolver.Count("_dmarc.com"), 1U);
  EXPECT_EQ(resolver.Count("example.com"), 1U) << "does it exist?";
  EXPECT_EQ(resolver.Total(), 3U);
}

TEST(DmarcCheck, AsksNothingForTheAuthorsOwnName) {
  MemoryResolver resolver;
  Publish(resolver, "example.com", "p=reject");
  DmarcCheck check = TreeCheck("example.com", resolver);
  const std::size_t before = resolver.Total();
  check.Expect(D("EXAMPLE.com"));
  EXPECT_EQ(resolver.Total(), before);
  EXPECT_EQ(check.tasks().size(), 1U);
  EXPECT_EQ(Decide(check, Dkim({D("example.com")})).result, DmarcResult::kPass);
}

TEST(DmarcCheck, WalksEachIdentifierOnce) {
  MemoryResolver resolver;
  Publish(resolver, "example.com", "p=reject");
  DmarcCheck check = TreeCheck("example.com", resolver);
  for (int i = 0; i < 5; ++i) check.Expect(D("mail.example.com"));
  EXPECT_EQ(resolver.Count("_dmarc.mail.example.com"), 1U);
  EXPECT_EQ(check.tasks().size(), 2U);
}

TEST(DmarcCheck, WalksNoNameThatCanNeverAlign) {
  MemoryResolver resolver;
  DmarcCheck check = TreeCheck("example.com", resolver);
  const std::size_t before = resolver.Total();
  check.Expect(D("bounces.esp.net"));
  check.Expect(D("com.net"));
  EXPECT_EQ(resolver.Total(), before);
}

TEST(DmarcCheck, AsksForAllWalksInOneRound) {
  MemoryResolver resolver;
  Publish(resolver, "example.com", "p=none; np=reject");
  const char* const names[] = {
      "_dmarc.a.example.com", "_dmarc.example.com",     "_dmarc.com",
      "a.example.com",        "_dmarc.b.c.example.com", "_dmarc.c.example.com"};
  for (const char* name : names) resolver.Hold(name);
  DmarcCheck check = TreeCheck("a.example.com", resolver);
  check.Expect(D("b.c.example.com"));
  for (const char* name : names) EXPECT_GE(resolver.Count(name), 1U) << name;
  const std::size_t asked = resolver.Total();
  for (const char* name : names) resolver.Release(name);
  for (dns::Task* task : check.tasks()) EXPECT_TRUE(task->Advance());
  EXPECT_EQ(resolver.Total(), asked);
  EXPECT_EQ(check.Decide(Dkim({D("b.c.example.com")})).result, DmarcResult::kPass);
}

TEST(DmarcCheck, BoundsItsWalks) {
  MemoryResolver resolver;
  Publish(resolver, "example.com", "p=reject; psd=n");
  DmarcCheck check = TreeCheck("example.com", resolver);
  for (int i = 0; i < 1000; ++i) check.Expect(D("s" + std::to_string(i) + ".example.com"));
  EXPECT_EQ(check.tasks().size(), 21U);
  EXPECT_EQ(Decide(check, Dkim({D("s19.example.com")})).result, DmarcResult::kPass);
  EXPECT_EQ(Decide(check, Dkim({D("s20.example.com")})).result, DmarcResult::kTempError)
      << "never a fail for a limit of ours";
  EXPECT_EQ(Decide(check, Dkim({D("s20.example.org")})).result, DmarcResult::kFail);
}

TEST(DmarcCheck, ByTheListAsksNothingForIdentifiers) {
  const PublicSuffixList list =
      PublicSuffixList::Load(GATEPOST_SOURCE_DIR "/tests/common/auth/public_suffix_list.txt")
          .value();
  MemoryResolver resolver;
  Publish(resolver, "example.com", "p=reject");
  DmarcCheck check(D("a.example.com"), DiscoveryMethod::kPublicSuffixList, &list, resolver);
  const std::size_t before = resolver.Total();
  check.Expect(D("b.example.com"));
  EXPECT_EQ(resolver.Total(), before);
  const DmarcOutcome outcome = Decide(check, Dkim({D("b.example.com")}));
  EXPECT_EQ(outcome.result, DmarcResult::kPass);
  EXPECT_EQ(outcome.method, DiscoveryMethod::kPublicSuffixList);
}

TEST(DmarcCheck, NamesEachAlignedSignatureOnce) {
  MemoryResolver resolver;
  Publish(resolver, "example.com", "p=reject");
  DmarcCheck check = TreeCheck("example.com", resolver);
  check.Expect(D("a.example.com"));
  const DmarcOutcome outcome =
      Decide(check, Dkim({D("esp.net"), D("a.example.com"), D("example.com"), D("a.example.com")}));
  EXPECT_EQ(outcome.aligned_dkim, (std::vector<std::string>{"a.example.com", "example.com"}));
  EXPECT_FALSE(outcome.spf_aligned);
}

TEST(DmarcCheck, SaysWhatWasPublished) {
  MemoryResolver resolver;
  Publish(resolver, "example.com", "p=reject; sp=quarantine; t=y; rua=mailto:r@example.com");
  DmarcCheck check = TreeCheck("a.example.com", resolver);
  const DmarcOutcome outcome = Decide(check, {});
  EXPECT_EQ(outcome.author_domain, D("a.example.com"));
  EXPECT_EQ(outcome.published, DmarcPolicy::kQuarantine);
  EXPECT_EQ(outcome.disposition, DmarcPolicy::kNone);
  ASSERT_TRUE(outcome.record);
  EXPECT_EQ(outcome.record->aggregate_uris, std::vector<std::string>{"r@example.com"});
}

TEST(DmarcCheck, GivesItsReason) {
  MemoryResolver resolver("_dmarc.dead.example !servfail\n_dmarc.x.example.com !servfail\n");
  Publish(resolver, "example.com", "p=reject");
  Publish(resolver, "broken.example", "p=rejected");
  const auto reason = [&](std::string_view author, std::optional<mail::Domain> spf,
                          std::vector<mail::Domain> dkim) {
    DmarcCheck check = TreeCheck(author, resolver);
    DmarcIdentifiers identifiers = Dkim(std::move(dkim));
    identifiers.spf = std::move(spf);
    if (identifiers.spf) check.Expect(*identifiers.spf);
    return Decide(check, identifiers).reason;
  };
  EXPECT_EQ(reason("example.com", {}, {}), "spf did not pass, dkim did not pass");
  EXPECT_EQ(reason("example.com", D("esp.net"), {}), "spf not aligned, dkim did not pass");
  EXPECT_EQ(reason("example.com", {}, {D("esp.net")}), "spf did not pass, dkim not aligned");
  EXPECT_EQ(reason("example.com", D("example.com"), {}), "spf aligned");
  EXPECT_EQ(reason("example.com", D("esp.net"), {D("example.com")}), "dkim aligned");
  EXPECT_EQ(reason("example.com", D("example.com"), {D("example.com")}), "spf and dkim aligned");
  EXPECT_EQ(reason("example.com", D("x.example.com"), {}),
            "DNS failed for a domain that may be aligned");
  EXPECT_EQ(reason("nothing.example", {}, {}), "no record");
  EXPECT_EQ(reason("dead.example", {}, {}), "DNS failed while the record was looked for");
  EXPECT_EQ(reason("broken.example", {}, {}), "no usable policy in the record of broken.example");
}

// Where there is no record, trust may still be built on what is aligned.
TEST(DmarcCheck, TellsAlignmentWithoutARecord) {
  MemoryResolver resolver;
  DmarcCheck check = TreeCheck("example.com", resolver);
  check.Expect(D("mail.example.com"));
  DmarcIdentifiers identifiers = Dkim({D("mail.example.com"), D("example.com")});
  identifiers.spf = D("example.com");
  const DmarcOutcome outcome = Decide(check, identifiers);
  EXPECT_EQ(outcome.result, DmarcResult::kNone);
  EXPECT_TRUE(outcome.spf_aligned);
  EXPECT_EQ(outcome.aligned_dkim, std::vector<std::string>{"example.com"});
}

TEST(DmarcResult, IsNamedAsRfc8601HasIt) {
  EXPECT_EQ(Name(DmarcResult::kNone), "none");
  EXPECT_EQ(Name(DmarcResult::kPass), "pass");
  EXPECT_EQ(Name(DmarcResult::kFail), "fail");
  EXPECT_EQ(Name(DmarcResult::kTempError), "temperror");
  EXPECT_EQ(Name(DmarcResult::kPermError), "permerror");
}

}  // namespace
}  // namespace gatepost::auth
