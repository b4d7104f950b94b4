#include "milters/dmarc/domain_pattern.h"

#include "milters/dmarc/trusted_list.h"
#include "tests/milters/dmarc/example_facts.h"

namespace gatepost::dmarc {
namespace {

TEST(MatchesPattern, TakesANameAloneOrAllBelowIt) {
  for (const auto& [pattern, name, want] : {
           std::tuple{"example.org", "example.org", true},
           {"Example.ORG.", "example.org", true},
           {"example.org", "a.example.org", false},
           {"*.example.org", "example.org", false},
           {"*.example.org", "a.example.org", true},
           {"*.example.org", "a.b.example.org", true},
           {"*.example.org", "badexample.org", false},
           {"b\xc3\xbc"
            "cher.example",
            "xn--bcher-kva.example", true},
           {"*", "example.org", false},
           {"", "example.org", false},
       }) {
    EXPECT_EQ(MatchesPattern(pattern, D(name)), want) << pattern << " " << name;
  }
}

TEST(CheckDomainPattern, RefusesAllElse) {
  EXPECT_FALSE(CheckDomainPattern("example.org"));
  EXPECT_FALSE(CheckDomainPattern("*.example.org"));
  for (const char* bad : {"", "*", "*.", "a.*.org", "*.*.org", "a b", "-a.org", "a@b.org"}) {
    EXPECT_TRUE(CheckDomainPattern(bad)) << bad;
  }
}

TEST(TrustedList, IsAListIdAndItsSenders) {
  const auto list = TrustedList::Parse("  talk.lists.example  lists.example *.mx.example ");
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->IsFor(D("talk.lists.example")));
  EXPECT_FALSE(list->IsFor(D("other.lists.example")));
  EXPECT_TRUE(list->IsSentBy(D("lists.example")));
  EXPECT_TRUE(list->IsSentBy(D("a.mx.example")));
  EXPECT_FALSE(list->IsSentBy(D("talk.lists.example")));
}

}  // namespace
}  // namespace gatepost::dmarc
