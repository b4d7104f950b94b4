#include "common/auth/dmarc_walk.h"

#include "tests/support/memory_resolver.h"

namespace gatepost::auth {
namespace {

using namespace std::chrono_literals;
using test::MemoryResolver;

mail::Domain D(std::string_view name) { return mail::Domain::Parse(name).value(); }

base::Deadline Soon() { return std::chrono::steady_clock::now() + 10s; }

std::string Joined(const std::vector<mail::Domain>& names) {
  std::string text;
  for (const mail::Domain& name : names) text += (text.empty() ? "" : " ") + name.ascii();
  return text;
}

void Publish(MemoryResolver& resolver, std::string_view name, std::string_view tags) {
  resolver.AddTxt("_dmarc." + std::string(name), "v=DMARC1; " + std::string(tags));
}

void Finish(DmarcWalk& walk) {
  dns::Task* const tasks[] = {&walk};
  dns::Finish(tasks, Soon());
}

TEST(DmarcWalk, AsksTheNamesOfSection410) {
  const struct {
    const char* start;
    const char* names;
  } rows[] = {
      {"com", "com"},
      {"example.com", "example.com com"},
      {"a.mail.example.com", "a.mail.example.com mail.example.com example.com com"},
      {"a.b.c.d.e.f.g", "a.b.c.d.e.f.g b.c.d.e.f.g c.d.e.f.g d.e.f.g e.f.g f.g g"},
      {"a.b.c.d.e.f.g.h",
       "a.b.c.d.e.f.g.h b.c.d.e.f.g.h c.d.e.f.g.h d.e.f.g.h e.f.g.h f.g.h g.h h"},
      {"a.b.c.d.e.f.g.h.i",
       "a.b.c.d.e.f.g.h.i c.d.e.f.g.h.i d.e.f.g.h.i e.f.g.h.i f.g.h.i g.h.i h.i i"},
      {"a.b.c.d.e.f.g.h.i.j.mail.example.com",
       "a.b.c.d.e.f.g.h.i.j.mail.example.com g.h.i.j.mail.example.com h.i.j.mail.example.com "
       "i.j.mail.example.com j.mail.example.com mail.example.com example.com com"},
      {"mail.a.b.c.d.e.f.g.example.com",
       "mail.a.b.c.d.e.f.g.example.com c.d.e.f.g.example.com d.e.f.g.example.com "
       "e.f.g.example.com f.g.example.com g.example.com example.com com"},
  };
  for (const auto& row : rows) EXPECT_EQ(Joined(DmarcWalk::Names(D(row.start))), row.names);
}

TEST(DmarcWalk, NeverAsksMoreThanEightNames) {
  std::string name = "x";
  for (int labels = 1; labels <= 127; ++labels, name += ".x") {
    EXPECT_EQ(DmarcWalk::Names(D(name)).size(), std::min(labels, 8)) << labels;
  }
}

TEST(DmarcWalk, AsksAllNamesTogether) {
  MemoryResolver resolver;
  const std::vector<mail::Domain> names = DmarcWalk::Names(D("a.b.c.example.com"));
  for (const mail::Domain& name : names) resolver.Hold("_dmarc." + name.ascii());
  Publish(resolver, "example.com", "p=reject");
  DmarcWalk walk(D("a.b.c.example.com"), DiscoveryMethod::kTreeWalk, nullptr, resolver);
  EXPECT_EQ(resolver.Total(), 5U) << "before anybody waits";
  EXPECT_FALSE(walk.Advance());
  for (const mail::Domain& name : names) resolver.Release("_dmarc." + name.ascii());
  EXPECT_TRUE(walk.Advance()) << "one round";
  EXPECT_EQ(resolver.Total(), 5U);
  EXPECT_EQ(walk.result().organizational_domain, D("example.com"));
}

TEST(DmarcWalk, DoesNotWaitBeyondItsEnd) {
  MemoryResolver resolver;
  Publish(resolver, "example.com", "p=reject; psd=n");
  resolver.Hold("_dmarc.com");
  DmarcWalk walk(D("a.example.com"), DiscoveryMethod::kTreeWalk, nullptr, resolver);
  EXPECT_TRUE(walk.Advance());
  EXPECT_FALSE(walk.result().temporary_error);
  EXPECT_EQ(walk.result().organizational_domain, D("example.com"));
}

TEST(DmarcWalk, TakesWhatNeverComesForATemporaryError) {
  MemoryResolver resolver("_dmarc.com !timeout\n");
  Publish(resolver, "example.com", "p=reject");
  DmarcWalk walk(D("example.com"), DiscoveryMethod::kTreeWalk, nullptr, resolver);
  dns::Task* const tasks[] = {&walk};
  dns::Finish(tasks, std::chrono::steady_clock::now() + 5ms);
  EXPECT_TRUE(walk.done());
  EXPECT_TRUE(walk.result().temporary_error);
  EXPECT_FALSE(walk.result().organizational_domain);
  ASSERT_EQ(walk.result().records.size(), 1U);
  EXPECT_EQ(walk.result().records[0].domain, D("example.com"));
}

TEST(DmarcWalk, ListsRecordsLongestNameFirst) {
  MemoryResolver resolver;
  Publish(resolver, "com", "p=none; psd=y");
  Publish(resolver, "example.com", "p=reject");
  Publish(resolver, "b.example.com", "p=quarantine");
  DmarcWalk walk(D("a.b.example.com"), DiscoveryMethod::kTreeWalk, nullptr, resolver);
  Finish(walk);
  std::vector<mail::Domain> names;
  for (const FoundRecord& found : walk.result().records) names.push_back(found.domain);
  EXPECT_EQ(Joined(names), "b.example.com example.com com");
}

TEST(DmarcWalk, LivesWithANameTooLongToBeAsked) {
  std::string name = std::string(60, 'a') + '.' + std::string(60, 'b') + '.' +
                     std::string(60, 'c') + '.' + std::string(60, 'd') + ".com";
  MemoryResolver resolver;
  Publish(resolver, "com", "p=reject; psd=y");
  DmarcWalk walk(D(name), DiscoveryMethod::kTreeWalk, nullptr, resolver);
  Finish(walk);
  EXPECT_FALSE(walk.result().temporary_error);
  EXPECT_EQ(walk.result().organizational_domain, D(std::string(60, 'd') + ".com"));
}

TEST(DmarcWalk, LetsARecordOverTheLimitStandForItself) {
  MemoryResolver resolver;
  resolver.AddTxt("_dmarc.example.com", "v=DMARC1; p=reject; x=" + std::string(64'000, 'x'));
  DmarcWalk walk(D("example.com"), DiscoveryMethod::kTreeWalk, nullptr, resolver);
  Finish(walk);
  ASSERT_EQ(walk.result().records.size(), 1U);
  EXPECT_FALSE(walk.result().records[0].record.applicable);
}

// What FindExistence asks, by the number of questions for the name itself.
std::size_t ExistenceQuestions(MemoryResolver& resolver, std::optional<bool> want) {
  DmarcWalk walk(D("a.example.com"), DiscoveryMethod::kTreeWalk, nullptr, resolver);
  walk.FindExistence();
  Finish(walk);
  EXPECT_EQ(walk.result().start_exists, want);
  return resolver.Count("a.example.com");
}

TEST(DmarcWalk, AsksForExistenceOnlyWhereItMatters) {
  MemoryResolver without_np;
  Publish(without_np, "example.com", "p=reject; sp=none");
  EXPECT_EQ(ExistenceQuestions(without_np, std::nullopt), 0U) << "no record with np=";

  MemoryResolver own_record;
  Publish(own_record, "a.example.com", "p=reject");
  Publish(own_record, "example.com", "p=reject; np=none");
  EXPECT_EQ(ExistenceQuestions(own_record, true), 0U) << "a name with a record exists";

  MemoryResolver with_np;
  Publish(with_np, "example.com", "p=reject; np=none");
  EXPECT_EQ(ExistenceQuestions(with_np, false), 1U);
}

TEST(DmarcWalk, AsksForExistenceTogetherWithTheNames) {
  MemoryResolver resolver;
  Publish(resolver, "example.com", "p=none; np=reject");
  const char* const names[] = {"_dmarc.a.example.com", "_dmarc.example.com", "_dmarc.com",
                               "a.example.com"};
  for (const char* name : names) resolver.Hold(name);
  DmarcWalk walk(D("a.example.com"), DiscoveryMethod::kTreeWalk, nullptr, resolver);
  walk.FindExistence();
  EXPECT_EQ(resolver.Total(), 4U);
  EXPECT_FALSE(walk.Advance());
  for (const char* name : names) resolver.Release(name);
  EXPECT_TRUE(walk.Advance()) << "one round";
  EXPECT_EQ(walk.result().start_exists, false);
  EXPECT_EQ(resolver.Total(), 4U);
}

TEST(DmarcWalk, DoesNotWaitForAnExistenceThatDoesNotMatter) {
  MemoryResolver resolver;
  Publish(resolver, "example.com", "p=reject");
  resolver.Hold("_dmarc.a.example.com");
  resolver.Hold("a.example.com");
  DmarcWalk walk(D("a.example.com"), DiscoveryMethod::kTreeWalk, nullptr, resolver);
  walk.FindExistence();
  EXPECT_EQ(resolver.Count("a.example.com"), 1U) << "asked early";
  resolver.Release("_dmarc.a.example.com");
  EXPECT_TRUE(walk.Advance());
}

TEST(DmarcWalk, ByTheListAsksTwoNames) {
  const PublicSuffixList list =
      PublicSuffixList::Load(GATEPOST_SOURCE_DIR "/tests/common/auth/public_suffix_list.txt")
          .value();
  MemoryResolver resolver;
  DmarcWalk walk(D("a.b.c.example.com"), DiscoveryMethod::kPublicSuffixList, &list, resolver);
  EXPECT_EQ(resolver.Total(), 2U);
  EXPECT_EQ(resolver.Count("_dmarc.example.com"), 1U);
  DmarcWalk organizational(D("example.com"), DiscoveryMethod::kPublicSuffixList, &list, resolver);
  EXPECT_EQ(resolver.Total(), 3U);
}

TEST(DmarcWalk, IsNamedAsReportsHaveIt) {
  EXPECT_EQ(Name(DiscoveryMethod::kTreeWalk), "treewalk");
  EXPECT_EQ(Name(DiscoveryMethod::kPublicSuffixList), "psl");
}

}  // namespace
}  // namespace gatepost::auth
