#include "milters/dmarc/decision_policy.h"

#include <functional>
#include <string>

#include "tests/milters/dmarc/decision_text.h"
#include "tests/milters/dmarc/example_facts.h"

namespace gatepost::dmarc {
namespace {

using auth::DmarcPolicy;
using auth::DmarcResult;
using auth::SpfResult;
using mail::AuthorProblem;

struct DecisionCase {
  const char* name;
  std::function<void(DmarcOptions&, Facts&)> set_up;  // departs from a message that is in order
  const char* want;
};

// A stranger gives our name in HELO.
void SetOurHelo(Facts& facts) {
  facts.helo_is_us = true;
  facts.helo = {.is_name = true, .resolves = true};
}

void ExpectDecisions(std::initializer_list<DecisionCase> cases) {
  for (const DecisionCase& c : cases) {
    DmarcOptions options;
    options.trust.mode = RuleMode::kOff;
    Facts facts = GoodFacts();
    c.set_up(options, facts);
    EXPECT_EQ(Describe(Decide(options, facts)), c.want) << c.name;
  }
}

TEST(Decide, FollowsTheOwnersPolicyByTheActionOfEachDisposition) {
  ExpectDecisions({
      {"everything passes", [](auto&, auto&) {}, "pass:"},
      {"p=reject", [](auto&, auto& f) { f = ForgedFacts(DmarcPolicy::kReject); },
       "refuse by dmarc: dmarc=refuse"},
      {"p=quarantine", [](auto&, auto& f) { f = ForgedFacts(DmarcPolicy::kQuarantine); },
       "tag by dmarc: dmarc=tag"},
      {"p=none", [](auto&, auto& f) { f = ForgedFacts(DmarcPolicy::kNone); }, "pass: dmarc=pass"},
      {"reject = tag",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kReject);
         o.dmarc.reject = Action::kTag;
       },
       "tag by dmarc: dmarc=tag"},
      {"quarantine = hold",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kQuarantine);
         o.dmarc.quarantine = Action::kHold;
       },
       "hold by dmarc: dmarc=hold"},
      {"none = tag",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kNone);
         o.dmarc.none = Action::kTag;
       },
       "tag by dmarc: dmarc=tag"},
      {"shadow",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kReject);
         o.dmarc.mode = RuleMode::kShadow;
       },
       "pass: dmarc=refuse(shadow)"},
      {"off",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kReject);
         o.dmarc.mode = RuleMode::kOff;
       },
       "pass:"},
      {"no policy at all", [](auto&, auto& f) { f.dmarc = {WithoutPolicy("example.org")}; },
       "pass:"},
  });
}

// The record is known, and a signature could not be checked.
auth::DmarcOutcome Undecided(DmarcPolicy policy) {
  return Dmarc("example.org", DmarcResult::kTempError, policy);
}

TEST(Decide, DefersWhatATemporaryErrorHides) {
  ExpectDecisions({
      {"nothing known",
       [](auto&, auto& f) {
         f.dmarc = {WithoutPolicy("example.org")};
         f.dmarc[0].result = DmarcResult::kTempError;
       },
       "defer by dmarc: dmarc=defer"},
      {"p=reject is known", [](auto&, auto& f) { f.dmarc = {Undecided(DmarcPolicy::kReject)}; },
       "defer by dmarc: dmarc=defer"},
      {"p=none is known", [](auto&, auto& f) { f.dmarc = {Undecided(DmarcPolicy::kNone)}; },
       "pass: dmarc=pass"},
      {"p=quarantine; t=y comes to none",
       [](auto&, auto& f) {
         f.dmarc = {Undecided(DmarcPolicy::kQuarantine)};
         f.dmarc[0].record->testing = true;
       },
       "pass: dmarc=pass"},
      {"p=reject; t=y comes to quarantine",
       [](auto&, auto& f) {
         f.dmarc = {Undecided(DmarcPolicy::kReject)};
         f.dmarc[0].record->testing = true;
       },
       "defer by dmarc: dmarc=defer"},
      {"np=reject may apply to a domain of which it is unknown whether it exists",
       [](auto&, auto& f) {
         f.dmarc = {Undecided(DmarcPolicy::kNone)};
         f.dmarc[0].author_domain = D("mail.example.org");
         f.dmarc[0].record->nonexistent_policy = DmarcPolicy::kReject;
       },
       "defer by dmarc: dmarc=defer"},
      {"np=quarantine; t=y comes to none",
       [](auto&, auto& f) {
         f.dmarc = {Undecided(DmarcPolicy::kNone)};
         f.dmarc[0].author_domain = D("mail.example.org");
         f.dmarc[0].record->nonexistent_policy = DmarcPolicy::kQuarantine;
         f.dmarc[0].record->testing = true;
       },
       "pass: dmarc=pass"},
      {"np=none, where sp is stricter",
       [](auto&, auto& f) {
         f.dmarc = {Undecided(DmarcPolicy::kReject)};
         f.dmarc[0].author_domain = D("mail.example.org");
         f.dmarc[0].record->nonexistent_policy = DmarcPolicy::kNone;
       },
       "defer by dmarc: dmarc=defer"},
      {"np= of the author's own record never applies",
       [](auto&, auto& f) {
         f.dmarc = {Undecided(DmarcPolicy::kNone)};
         f.dmarc[0].record->nonexistent_policy = DmarcPolicy::kReject;
       },
       "pass: dmarc=pass"},
      {"the action would be pass anyhow",
       [](auto& o, auto& f) {
         f.dmarc = {Undecided(DmarcPolicy::kReject)};
         o.dmarc.reject = Action::kPass;
       },
       "pass: dmarc=pass"},
      {"on_temperror = pass",
       [](auto& o, auto& f) {
         f.dmarc = {Undecided(DmarcPolicy::kReject)};
         o.on_temperror = OnTempError::kPass;
       },
       "pass: dmarc=pass"},
      {"a trusted forwarder",
       [](auto& o, auto& f) {
         f.dmarc = {Undecided(DmarcPolicy::kReject)};
         o.forwarders.names = {"mx.example.org"};
       },
       "pass: dmarc=pass"},
      {"an exempt client",
       [](auto& o, auto& f) {
         f.dmarc = {Undecided(DmarcPolicy::kReject)};
         o.exempt.networks = {base::Network::Parse("192.0.2.0/24").value()};
       },
       "pass:"},
  });
}

TEST(Decide, JudgesFromFieldsThatNameNoOneDomain) {
  ExpectDecisions({
      {"several fields", [](auto&, auto& f) { SetProblem(f, AuthorProblem::kSeveralFields); },
       "refuse by author: author=refuse"},
      {"unparsable", [](auto&, auto& f) { SetProblem(f, AuthorProblem::kUnparsable); },
       "refuse by author: author=refuse"},
      {"missing", [](auto&, auto& f) { SetProblem(f, AuthorProblem::kMissing); },
       "tag by author: author=tag"},
      {"an empty group", [](auto&, auto& f) { SetProblem(f, AuthorProblem::kNoAddress); },
       "tag by author: author=tag"},
      {"missing = refuse",
       [](auto& o, auto& f) {
         SetProblem(f, AuthorProblem::kMissing);
         o.author.missing = AuthorAction::kRefuse;
       },
       "refuse by author: author=refuse"},
      {"missing = strictest has nothing to follow",
       [](auto& o, auto& f) {
         SetProblem(f, AuthorProblem::kMissing);
         o.author.missing = AuthorAction::kStrictest;
       },
       "pass: author=pass"},
      {"no_address = hold",
       [](auto& o, auto& f) {
         SetProblem(f, AuthorProblem::kNoAddress);
         o.author.no_address = AuthorAction::kHold;
       },
       "hold by author: author=hold"},
      {"a display name that reads as an address",
       [](auto&, auto& f) { f.author.display_name_holds_address = true; }, "pass: author=pass"},
      {"hidden_address = tag",
       [](auto& o, auto& f) {
         f.author.display_name_holds_address = true;
         o.author.hidden_address = AuthorAction::kTag;
       },
       "tag by author: author=tag"},
      {"hidden_address = pass leaves the author's own policy standing",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kReject);
         f.author.display_name_holds_address = true;
         o.author.hidden_address = AuthorAction::kPass;
       },
       "refuse by dmarc: author=pass dmarc=refuse"},
      {"shadow",
       [](auto& o, auto& f) {
         SetProblem(f, AuthorProblem::kSeveralFields);
         o.author.mode = RuleMode::kShadow;
       },
       "pass: author=refuse(shadow)"},
      {"off",
       [](auto& o, auto& f) {
         SetProblem(f, AuthorProblem::kSeveralFields);
         o.author.mode = RuleMode::kOff;
       },
       "pass:"},
  });
}

// From names two domains; the outcomes come in the given order.
void SetDomains(Facts& facts, auth::DmarcOutcome one, auth::DmarcOutcome two) {
  SetProblem(facts, AuthorProblem::kSeveralDomains);
  facts.dmarc = {std::move(one), std::move(two)};
}

auth::DmarcOutcome Passing(const char* domain) {
  return Dmarc(domain, DmarcResult::kPass, DmarcPolicy::kReject);
}

auth::DmarcOutcome Failing(const char* domain, DmarcPolicy policy) {
  return Dmarc(domain, DmarcResult::kFail, policy);
}

TEST(Decide, FollowsTheStrictestOfSeveralAuthorDomains) {
  ExpectDecisions({
      {"both pass", [](auto&, auto& f) { SetDomains(f, Passing("a.org"), Passing("b.org")); },
       "pass: author=pass"},
      {"one passes, the other fails under reject",
       [](auto&, auto& f) {
         SetDomains(f, Passing("a.org"), Failing("b.org", DmarcPolicy::kReject));
       },
       "refuse by dmarc: author=pass dmarc=refuse"},
      {"quarantine and reject, in either order",
       [](auto&, auto& f) {
         SetDomains(f, Failing("a.org", DmarcPolicy::kQuarantine),
                    Failing("b.org", DmarcPolicy::kReject));
       },
       "refuse by dmarc: author=pass dmarc=tag dmarc=refuse"},
      {"reject and quarantine",
       [](auto&, auto& f) {
         SetDomains(f, Failing("a.org", DmarcPolicy::kReject),
                    Failing("b.org", DmarcPolicy::kQuarantine));
       },
       "refuse by dmarc: author=pass dmarc=refuse dmarc=tag"},
      {"temperror is stronger than quarantine",
       [](auto&, auto& f) {
         SetDomains(f, Failing("a.org", DmarcPolicy::kQuarantine),
                    Dmarc("b.org", DmarcResult::kTempError, DmarcPolicy::kReject));
       },
       "defer by dmarc: author=pass dmarc=tag dmarc=defer"},
      {"no policy anywhere",
       [](auto&, auto& f) { SetDomains(f, WithoutPolicy("a.org"), WithoutPolicy("b.org")); },
       "pass: author=pass"},
      {"several_domains = tag asks no policy",
       [](auto& o, auto& f) {
         SetDomains(f, Passing("a.org"), Failing("b.org", DmarcPolicy::kReject));
         o.author.several_domains = AuthorAction::kTag;
       },
       "tag by author: author=tag"},
      {"several_domains = tag in shadow leaves it to DMARC",
       [](auto& o, auto& f) {
         SetDomains(f, Passing("a.org"), Failing("b.org", DmarcPolicy::kReject));
         o.author.several_domains = AuthorAction::kTag;
         o.author.mode = RuleMode::kShadow;
       },
       "refuse by dmarc: author=tag(shadow) dmarc=refuse"},
      {"author off leaves it to DMARC",
       [](auto& o, auto& f) {
         SetDomains(f, Passing("a.org"), Failing("b.org", DmarcPolicy::kReject));
         o.author.mode = RuleMode::kOff;
       },
       "refuse by dmarc: dmarc=refuse"},
      {"several_fields = strictest",
       [](auto& o, auto& f) {
         SetDomains(f, Passing("a.org"), Failing("b.org", DmarcPolicy::kReject));
         f.author.problem = AuthorProblem::kSeveralFields;
         o.author.several_fields = AuthorAction::kStrictest;
       },
       "refuse by dmarc: author=pass dmarc=refuse"},
  });
}

void FailSpf(Facts& facts) {
  facts.spf.mail_from.result = SpfResult::kFail;
  facts.spf.mail_from.mechanism = "-all";
  facts.dmarc = {WithoutPolicy("example.org")};
}

TEST(Decide, ActsOnAnSpfFailOnlyWhereTold) {
  ExpectDecisions({
      {"by default", [](auto&, auto& f) { FailSpf(f); }, "pass:"},
      {"enforced",
       [](auto& o, auto& f) {
         FailSpf(f);
         o.spf.mode = RuleMode::kEnforce;
       },
       "refuse by spf: spf=refuse"},
      {"softfail is no fail",
       [](auto& o, auto& f) {
         FailSpf(f);
         f.spf.mail_from.result = SpfResult::kSoftfail;
         o.spf.mode = RuleMode::kEnforce;
       },
       "pass:"},
      {"DMARC passes by DKIM",
       [](auto& o, auto& f) {
         f.spf.mail_from.result = SpfResult::kFail;
         o.spf.mode = RuleMode::kEnforce;
       },
       "pass:"},
      {"mail_from_fail = tag",
       [](auto& o, auto& f) {
         FailSpf(f);
         o.spf.mode = RuleMode::kEnforce;
         o.spf.mail_from_fail = Action::kTag;
       },
       "tag by spf: spf=tag"},
      {"helo_fail = refuse",
       [](auto& o, auto& f) {
         f.dmarc = {WithoutPolicy("example.org")};
         f.spf.helo.result = SpfResult::kFail;
         o.spf.mode = RuleMode::kEnforce;
         o.spf.helo_fail = Action::kRefuse;
       },
       "refuse by spf: spf=refuse"},
      {"the null sender is checked once",
       [](auto& o, auto& f) {
         FailSpf(f);
         f.client.reverse_path = "";
         f.spf.helo.result = SpfResult::kFail;
         o.spf.mode = RuleMode::kEnforce;
       },
       "refuse by spf: spf=refuse"},
      {"a trusted forwarder",
       [](auto& o, auto& f) {
         FailSpf(f);
         o.spf.mode = RuleMode::kEnforce;
         o.forwarders.networks = {base::Network::Parse("192.0.2.1").value()};
       },
       "pass:"},
  });
}

TEST(Decide, ActsOnClientFaultsByTheirOwnRules) {
  ExpectDecisions({
      {"no PTR, in shadow by default",
       [](auto&, auto& f) {
         f.iprev = {IprevResult::kPermError, {}, {}};
       },
       "pass: client_no_ptr=refuse(shadow)"},
      {"no PTR, enforced",
       [](auto& o, auto& f) {
         f.iprev = {IprevResult::kPermError, {}, {}};
         o.client.no_ptr.mode = RuleMode::kEnforce;
       },
       "refuse by client_no_ptr: client_no_ptr=refuse"},
      {"PTR is not confirmed",
       [](auto& o, auto& f) {
         f.iprev = {IprevResult::kFail, {D("x.example")}, {}};
         o.client.unconfirmed = {RuleMode::kEnforce, Action::kTag, -15};
       },
       "tag by client_unconfirmed: client_unconfirmed=tag"},
      {"PTR could not be looked up",
       [](auto& o, auto& f) {
         f.iprev = {IprevResult::kTempError, {}, {}};
         o.client.no_ptr.mode = o.client.unconfirmed.mode = RuleMode::kEnforce;
       },
       "pass:"},
      {"HELO is no name",
       [](auto& o, auto& f) {
         f.helo = {};
         o.client.helo_no_name.mode = RuleMode::kEnforce;
       },
       "refuse by client_helo_no_name: client_helo_no_name=refuse"},
      {"HELO is the client's own address literal",
       [](auto& o, auto& f) {
         f.helo = {.is_literal = true};
         o.client.helo_no_name.mode = RuleMode::kEnforce;
       },
       "pass:"},
      {"HELO does not resolve",
       [](auto& o, auto& f) {
         f.helo = {.is_name = true};
         o.client.helo_unresolved.mode = RuleMode::kEnforce;
       },
       "refuse by client_helo_unresolved: client_helo_unresolved=refuse"},
      {"DNS could not tell of HELO",
       [](auto& o, auto& f) {
         f.helo = {.is_name = true, .unknown = true};
         o.client.helo_unresolved.mode = o.client.helo_mismatch.mode = RuleMode::kEnforce;
       },
       "pass:"},
      {"HELO resolves elsewhere",
       [](auto& o, auto& f) {
         f.helo = {.is_name = true, .resolves = true};
         o.client.helo_mismatch.mode = RuleMode::kEnforce;
       },
       "refuse by client_helo_mismatch: client_helo_mismatch=refuse"},
      {"HELO is us, by our own host",
       [](auto&, auto& f) {
         SetOurHelo(f);
         f.helo.matches = true;
       },
       "pass:"},
      {"HELO is us, and DNS could not tell who has the name",
       [](auto&, auto& f) {
         SetOurHelo(f);
         f.helo.unknown = true;
       },
       "pass:"},
      {"HELO is us, enforced by default", [](auto&, auto& f) { SetOurHelo(f); },
       "refuse by client_helo_is_us: client_helo_mismatch=refuse(shadow) client_helo_is_us=refuse"},
      {"HELO is us, off",
       [](auto& o, auto& f) {
         SetOurHelo(f);
         o.client.helo_is_us.mode = RuleMode::kOff;
       },
       "pass: client_helo_mismatch=refuse(shadow)"},
      {"HELO is us, from an exempt network",
       [](auto& o, auto& f) {
         SetOurHelo(f);
         o.exempt.networks = {base::Network::Parse("192.0.2.0/24").value()};
       },
       "pass:"},
  });
}

TEST(Decide, AddsUpTheWeightsOfBlockLists) {
  const auto listed = [](std::initializer_list<int> weights) {
    std::vector<Listing> listings;
    for (int weight : weights)
      listings.push_back({"zen.example", "192.0.2.1", "127.0.0.2", weight});
    return listings;
  };
  ExpectDecisions({
      {"below tag_at", [&](auto&, auto& f) { f.listings = listed({4}); }, "pass: block_lists=pass"},
      {"at tag_at",
       [&](auto&, auto& f) {
         f.listings = listed({2, 3});
       },
       "tag by block_lists: block_lists=tag"},
      {"at refuse_at",
       [&](auto&, auto& f) {
         f.listings = listed({6, 4});
       },
       "refuse by block_lists: block_lists=refuse"},
      {"an allow list outweighs it",
       [&](auto&, auto& f) {
         f.listings = listed({10, -8});
       },
       "pass: block_lists=pass"},
      {"refuse_at = 0",
       [&](auto& o, auto& f) {
         f.listings = listed({100});
         o.block_lists.refuse_at = 0;
       },
       "tag by block_lists: block_lists=tag"},
      {"tag_at = 0",
       [&](auto& o, auto& f) {
         f.listings = listed({9});
         o.block_lists.tag_at = 0;
       },
       "pass: block_lists=pass"},
      {"shadow",
       [&](auto& o, auto& f) {
         f.listings = listed({10});
         o.block_lists.mode = RuleMode::kShadow;
       },
       "pass: block_lists=refuse(shadow)"},
  });
}

TEST(Decide, ActsOnTrustAlone) {
  const auto distrusted = [](Facts& f) {
    f = ForgedFacts(DmarcPolicy::kNone);
    f.listings = {{"zen.example", "198.51.100.7", "127.0.0.2", 4}};
    f.spf.mail_from.result = SpfResult::kFail;  // -20 -15 -24 = -59
  };
  ExpectDecisions({
      {"in shadow by default",
       [&](auto& o, auto& f) {
         distrusted(f);
         o.trust = TrustRules{};
       },
       "pass: dmarc=pass block_lists=pass trust=tag(shadow)"},
      {"enforced",
       [&](auto& o, auto& f) {
         distrusted(f);
         o.trust.mode = RuleMode::kEnforce;
       },
       "tag by trust: dmarc=pass block_lists=pass trust=tag"},
      {"refuse_below",
       [&](auto& o, auto& f) {
         distrusted(f);
         o.trust = {RuleMode::kEnforce, -40, -58};
       },
       "refuse by trust: dmarc=pass block_lists=pass trust=refuse"},
      {"never",
       [&](auto& o, auto& f) {
         distrusted(f);
         o.trust = {RuleMode::kEnforce, -100, -100};
       },
       "pass: dmarc=pass block_lists=pass"},
  });
}

TEST(Decide, TakesTheFirstOfTheStrongestEnforcedFindings) {
  ExpectDecisions({
      {"a tag, a shadow refusal and a refusal",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kQuarantine);
         f.iprev = {IprevResult::kPermError, {}, {}};
         SetOurHelo(f);
         o.trust.mode = RuleMode::kOff;
       },
       "refuse by client_helo_is_us: dmarc=tag client_no_ptr=refuse(shadow) "
       "client_helo_mismatch=refuse(shadow) client_helo_is_us=refuse"},
      {"two refusals",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kReject);
         SetOurHelo(f);
         o.trust.mode = RuleMode::kOff;
       },
       "refuse by dmarc: dmarc=refuse client_helo_mismatch=refuse(shadow) "
       "client_helo_is_us=refuse"},
  });
}

TEST(FormatTags, NamesEachEnforcedRuleOnce) {
  Decision decision;
  EXPECT_EQ(FormatTags(decision), "");
  decision.findings = {{"author", RuleMode::kEnforce, Action::kTag, "", {}},
                       {"dmarc", RuleMode::kEnforce, Action::kHold, "", {}},
                       {"dmarc", RuleMode::kEnforce, Action::kTag, "", {}},
                       {"trust", RuleMode::kShadow, Action::kTag, "", {}}};
  EXPECT_EQ(FormatTags(decision), "author, dmarc");
}

}  // namespace
}  // namespace gatepost::dmarc
