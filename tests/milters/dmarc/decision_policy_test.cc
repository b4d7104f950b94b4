#include "milters/dmarc/decision_policy.h"

#include <algorithm>
#include <functional>
#include <string>

#include "common/base/strings.h"
#include "tests/milters/dmarc/example_facts.h"

namespace gatepost::dmarc {
namespace {

using auth::DkimResult;
using auth::DmarcPolicy;
using auth::DmarcResult;
using auth::SpfResult;
using mail::AuthorProblem;

// "refuse by dmarc: dmarc=refuse(shadow)": what a decision is, in one line.
std::string Describe(const Decision& decision) {
  std::string text(Name(decision.action));
  if (decision.deciding) text += " by " + decision.findings[*decision.deciding].rule;
  text += ":";
  for (const Finding& finding : decision.findings) {
    text += " " + finding.rule + "=" + std::string(Name(finding.action));
    if (finding.mode == RuleMode::kShadow) text += "(shadow)";
  }
  return text;
}

std::string Overrides(const Decision& decision) {
  std::string text;
  for (const Override& reason : decision.overrides) {
    text += (text.empty() ? "" : "; ") + reason.type + ": " + reason.comment;
  }
  return text;
}

struct DecisionCase {
  const char* name;
  std::function<void(DmarcOptions&, Facts&)> set_up;  // departs from a message that is in order
  const char* want;
};

void ExpectDecisions(std::initializer_list<DecisionCase> cases) {
  for (const DecisionCase& c : cases) {
    DmarcOptions options;
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

void SetProblem(Facts& facts, AuthorProblem problem) {
  facts.author.problem = problem;
  facts.author.domain.reset();
  facts.dmarc.clear();
}

TEST(Decide, JudgesFromFieldsThatNameNoOneDomain) {
  ExpectDecisions({
      {"several fields", [](auto&, auto& f) { SetProblem(f, AuthorProblem::kSeveralFields); },
       "refuse by author: author=refuse"},
      {"unparsable", [](auto&, auto& f) { SetProblem(f, AuthorProblem::kUnparsable); },
       "refuse by author: author=refuse"},
      {"NUL, which is unparsable too",
       [](auto& o, auto& f) {
         SetProblem(f, AuthorProblem::kUnparsable);
         f.from_has_nul = true;
         o.author.unparsable = AuthorAction::kPass;
       },
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
      {"HELO is us, enforced by default", [](auto&, auto& f) { f.helo_is_us = true; },
       "refuse by client_helo_is_us: client_helo_is_us=refuse"},
      {"HELO is us, off",
       [](auto& o, auto& f) {
         f.helo_is_us = true;
         o.client.helo_is_us.mode = RuleMode::kOff;
       },
       "pass:"},
      {"HELO is us, from an exempt network",
       [](auto& o, auto& f) {
         f.helo_is_us = true;
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
      {"in shadow by default", [&](auto&, auto& f) { distrusted(f); },
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
         f.helo_is_us = true;
         o.trust.mode = RuleMode::kOff;
       },
       "refuse by client_helo_is_us: dmarc=tag client_no_ptr=refuse(shadow) "
       "client_helo_is_us=refuse"},
      {"two refusals",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kReject);
         f.helo_is_us = true;
         o.trust.mode = RuleMode::kOff;
       },
       "refuse by dmarc: dmarc=refuse client_helo_is_us=refuse"},
  });
}

// -- overrides

struct OverrideCase {
  const char* name;
  std::function<void(DmarcOptions&, Facts&)> set_up;  // departs from a forgery under p=reject
  const char* overrides;
  Action action;
  DmarcPolicy applied;
};

void ExpectOverrides(std::initializer_list<OverrideCase> cases) {
  for (const OverrideCase& c : cases) {
    DmarcOptions options;
    Facts facts = ForgedFacts(DmarcPolicy::kReject);
    c.set_up(options, facts);
    const Decision decision = Decide(options, facts);
    EXPECT_EQ(Overrides(decision), c.overrides) << c.name;
    EXPECT_EQ(decision.action, c.action) << c.name;
    EXPECT_EQ(decision.applied, c.applied) << c.name;
  }
}

TEST(Override, RecordsWhyAPolicyIsNotFollowed) {
  ExpectOverrides({
      {"nothing is overridden", [](auto&, auto&) {}, "", Action::kRefuse, DmarcPolicy::kReject},
      {"an exempt network",
       [](auto& o, auto&) { o.exempt.networks = {base::Network::Parse("198.51.100.7").value()}; },
       "local_policy: local network", Action::kPass, DmarcPolicy::kNone},
      {"a user who logged in", [](auto&, auto& f) { f.client.authenticated = true; },
       "local_policy: authenticated client", Action::kPass, DmarcPolicy::kNone},
      {"authenticated = false",
       [](auto& o, auto& f) {
         f.client.authenticated = true;
         o.exempt.authenticated = false;
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"sendmail(1)", [](auto&, auto& f) { f.client.local = true; }, "local_policy: local client",
       Action::kPass, DmarcPolicy::kNone},
      {"local = false",
       [](auto& o, auto& f) {
         f.client.local = true;
         o.exempt.local = false;
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"shadow", [](auto& o, auto&) { o.dmarc.mode = RuleMode::kShadow; },
       "local_policy: policies are only monitored", Action::kPass, DmarcPolicy::kNone},
      {"reject = tag", [](auto& o, auto&) { o.dmarc.reject = Action::kTag; },
       "local_policy: local action: tag", Action::kTag, DmarcPolicy::kQuarantine},
      {"none = refuse",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kNone);
         o.dmarc.none = Action::kRefuse;
       },
       "local_policy: local action: refuse", Action::kRefuse, DmarcPolicy::kReject},
      {"quarantine = hold is quarantine",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kQuarantine);
         o.dmarc.quarantine = Action::kHold;
       },
       "", Action::kHold, DmarcPolicy::kQuarantine},
      {"t=y takes one step off (RFC 9989 section 4.7)",
       [](auto&, auto& f) {
         f.dmarc[0].record->testing = true;
         f.dmarc[0].disposition = DmarcPolicy::kQuarantine;
       },
       "policy_test_mode: t=y", Action::kTag, DmarcPolicy::kQuarantine},
      {"t=y and shadow",
       [](auto& o, auto& f) {
         f.dmarc[0].record->testing = true;
         f.dmarc[0].disposition = DmarcPolicy::kQuarantine;
         o.dmarc.mode = RuleMode::kShadow;
       },
       "policy_test_mode: t=y; local_policy: policies are only monitored", Action::kPass,
       DmarcPolicy::kNone},
      {"a policy of none asks for no reason in an exempt network",
       [](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kNone);
         o.exempt.networks = {base::Network::Parse("198.51.100.7").value()};
       },
       "", Action::kPass, DmarcPolicy::kNone},
  });
}

TEST(Override, KnowsForwardersByNameDomainAndNetwork) {
  const char* const by_name = "trusted_forwarder: client stranger.example.net";
  ExpectOverrides({
      {"by confirmed name", [](auto& o, auto&) { o.forwarders.names = {"*.example.net"}; }, by_name,
       Action::kPass, DmarcPolicy::kNone},
      {"*.name is not the name itself",
       [](auto& o, auto&) { o.forwarders.names = {"*.stranger.example.net"}; }, "", Action::kRefuse,
       DmarcPolicy::kReject},
      {"a claimed name that is not confirmed",
       [](auto& o, auto& f) {
         o.forwarders.names = {"stranger.example.net"};
         f.iprev.confirmed.clear();
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"by signature",
       [](auto& o, auto& f) {
         o.forwarders.domains = {"forwarder.example"};
         f.dkim = {Signature("forwarder.example", DkimResult::kPass)};
       },
       "trusted_forwarder: signed by forwarder.example", Action::kPass, DmarcPolicy::kNone},
      {"by a signature that fails",
       [](auto& o, auto& f) {
         o.forwarders.domains = {"forwarder.example"};
         f.dkim = {Signature("forwarder.example", DkimResult::kFail)};
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"by a signature of half the body",
       [](auto& o, auto& f) {
         o.forwarders.domains = {"forwarder.example"};
         f.dkim = {Signature("forwarder.example", DkimResult::kPass)};
         f.dkim[0].counts_for_alignment = false;
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"by network",
       [](auto& o, auto&) {
         o.forwarders.networks = {base::Network::Parse("198.51.100.0/24").value()};
       },
       "trusted_forwarder: known client address", Action::kPass, DmarcPolicy::kNone},
      {"shadow",
       [](auto& o, auto&) {
         o.forwarders.names = {"stranger.example.net"};
         o.forwarders.mode = RuleMode::kShadow;
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"off",
       [](auto& o, auto&) {
         o.forwarders.names = {"stranger.example.net"};
         o.forwarders.mode = RuleMode::kOff;
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
  });
}

TEST(Override, AShadowForwarderLeavesAFinding) {
  DmarcOptions options;
  options.forwarders.names = {"stranger.example.net"};
  options.forwarders.mode = RuleMode::kShadow;
  options.trust.mode = RuleMode::kOff;
  const Decision decision = Decide(options, ForgedFacts(DmarcPolicy::kReject));
  EXPECT_EQ(Describe(decision), "refuse by dmarc: forwarders=pass(shadow) dmarc=refuse");
  EXPECT_EQ(decision.findings[0].evidence,
            "would override: trusted_forwarder (client stranger.example.net)");
}

TEST(Override, BelievesAListIdOnlyWithAnAuthenticatedDomain) {
  const auto trust_list = [](DmarcOptions& o, Facts& f) {
    o.lists.trusted = {"*.lists.example lists.example *.mail.lists.example"};
    f.list_id = "talk.lists.example";
  };
  ExpectOverrides({
      {"List-Id alone", trust_list, "", Action::kRefuse, DmarcPolicy::kReject},
      {"with its SPF",
       [&](auto& o, auto& f) {
         trust_list(o, f);
         f.spf.identifier = D("lists.example");
       },
       "mailing_list: talk.lists.example by lists.example", Action::kPass, DmarcPolicy::kNone},
      {"with its SPF, which fails",
       [&](auto& o, auto& f) {
         trust_list(o, f);
         f.spf.identifier = D("lists.example");
         f.spf.mail_from.result = SpfResult::kSoftfail;
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"with its signature, from below",
       [&](auto& o, auto& f) {
         trust_list(o, f);
         f.dkim = {Signature("a.mail.lists.example", DkimResult::kPass)};
       },
       "mailing_list: talk.lists.example by a.mail.lists.example", Action::kPass,
       DmarcPolicy::kNone},
      {"the domain alone, for another list",
       [&](auto& o, auto& f) {
         trust_list(o, f);
         f.list_id = "talk.other.example";
         f.spf.identifier = D("lists.example");
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"off",
       [&](auto& o, auto& f) {
         trust_list(o, f);
         f.spf.identifier = D("lists.example");
         o.lists.mode = RuleMode::kOff;
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
  });
}

auth::ArcSet Set(unsigned instance, const char* sealer, const char* results) {
  auth::ArcSet set;
  set.instance = instance;
  set.sealer = sealer;
  set.selector = "a";
  set.results = results;
  set.seal_passes = set.signature_passes = true;
  return set;
}

constexpr const char* kSawPass =
    " mx.sealer.example; arc=none smtp.remote-ip=203.0.113.9;\n dmarc=pass header.from=example.org";
constexpr const char* kSawFail = " mx.sealer.example; dmarc=fail header.from=example.org";

void Sealed(DmarcOptions& options, Facts& facts, std::vector<auth::ArcSet> sets) {
  options.arc.trusted_sealers = {"sealer.example", "*.sealers.example"};
  facts.arc.result = auth::ArcResult::kPass;
  facts.arc.sets = std::move(sets);
}

TEST(Override, BelievesTheChainOfATrustedSealerThatSawAPass) {
  const char* const by_sealer =
      "local_policy: arc=pass as[1].d=sealer.example as[1].s=a remote-ip[1]=203.0.113.9";
  ExpectOverrides({
      {"one set", [](auto& o, auto& f) { Sealed(o, f, {Set(1, "sealer.example", kSawPass)}); },
       by_sealer, Action::kPass, DmarcPolicy::kNone},
      {"the sealer saw a fail",
       [](auto& o, auto& f) { Sealed(o, f, {Set(1, "sealer.example", kSawFail)}); }, "",
       Action::kRefuse, DmarcPolicy::kReject},
      {"the sealer saw a fail, and evidence = nothing",
       [](auto& o, auto& f) {
         Sealed(o, f, {Set(1, "sealer.example", kSawFail)});
         o.arc.evidence = SealedEvidence::kNothing;
       },
       "local_policy: arc=pass as[1].d=sealer.example as[1].s=a", Action::kPass,
       DmarcPolicy::kNone},
      {"a stranger sealed",
       [](auto& o, auto& f) { Sealed(o, f, {Set(1, "other.example", kSawPass)}); }, "",
       Action::kRefuse, DmarcPolicy::kReject},
      {"a stranger wrote the pass, then a trusted sealer saw a fail",
       [](auto& o, auto& f) {
         Sealed(o, f, {Set(1, "other.example", kSawPass), Set(2, "sealer.example", kSawFail)});
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"two trusted sealers: the first is the witness",
       [](auto& o, auto& f) {
         Sealed(o, f, {Set(1, "sealer.example", kSawPass), Set(2, "a.sealers.example", kSawFail)});
       },
       "local_policy: arc=pass as[2].d=a.sealers.example as[2].s=a as[1].d=sealer.example "
       "as[1].s=a remote-ip[1]=203.0.113.9",
       Action::kPass, DmarcPolicy::kNone},
      {"a stranger sealed last",
       [](auto& o, auto& f) {
         Sealed(o, f, {Set(1, "sealer.example", kSawPass), Set(2, "other.example", kSawPass)});
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"the chain fails",
       [](auto& o, auto& f) {
         Sealed(o, f, {Set(1, "sealer.example", kSawPass)});
         f.arc.result = auth::ArcResult::kFail;
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"the pass was another author's",
       [](auto& o, auto& f) {
         Sealed(o, f, {Set(1, "sealer.example", " mx; dmarc=pass header.from=evil.example")});
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
      {"shadow",
       [](auto& o, auto& f) {
         Sealed(o, f, {Set(1, "sealer.example", kSawPass)});
         o.arc.mode = RuleMode::kShadow;
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
  });
}

// -- replies

std::string Reply(const Decision& decision) {
  if (!decision.deciding) return "";
  const milter::Reply& reply = decision.findings[*decision.deciding].reply;
  std::string text;
  for (const std::string& line : reply.lines) {
    text += std::to_string(reply.code) + " " + reply.enhanced + " " + line + "\n";
  }
  return text;
}

struct ReplyCase {
  const char* name;
  std::function<void(DmarcOptions&, Facts&)> set_up;  // departs from a forgery under p=reject
  const char* want;
};

void ExpectReplies(std::initializer_list<ReplyCase> cases) {
  for (const ReplyCase& c : cases) {
    DmarcOptions options;
    Facts facts = ForgedFacts(DmarcPolicy::kReject);
    c.set_up(options, facts);
    EXPECT_EQ(Reply(Decide(options, facts)), c.want) << c.name;
  }
}

TEST(Reply, SaysWhichPolicyAndWhatFailed) {
  ExpectReplies({
      {"unaligned SPF, no signature", [](auto&, auto&) {},
       "550 5.7.1 Mail from example.org must pass DMARC (policy of example.org: reject)\n"
       "550 5.7.1 SPF pass for stranger.example.net, which is not aligned; no DKIM signature\n"},
      {"both fail (RFC 7372 section 3.4)",
       [](auto&, auto& f) {
         f.spf.mail_from.result = SpfResult::kFail;
         f.dkim = {Signature("example.org", DkimResult::kFail)};
       },
       "550 5.7.26 Mail from example.org must pass DMARC (policy of example.org: reject)\n"
       "550 5.7.26 SPF fail for stranger.example.net; DKIM fail for example.org (body hash did "
       "not verify)\n"},
      {"no SPF record, a foreign signature, a policy from above",
       [](auto&, auto& f) {
         f.spf.mail_from.result = SpfResult::kNone;
         f.dkim = {Signature("list.example", DkimResult::kPass)};
         f.dmarc[0].author_domain = D("mail.example.org");
       },
       "550 5.7.1 Mail from mail.example.org must pass DMARC (policy of example.org: reject)\n"
       "550 5.7.1 no SPF record for stranger.example.net; DKIM pass for list.example, which is "
       "not aligned\n"},
      {"the explanation is quoted where told",
       [](auto& o, auto& f) {
         o.spf.quote_explanation = true;
         f.spf.mail_from.result = SpfResult::kFail;
         f.spf.mail_from.explanation = "see http://example.net/why";
       },
       "550 5.7.1 Mail from example.org must pass DMARC (policy of example.org: reject)\n"
       "550 5.7.1 SPF fail for stranger.example.net; no DKIM signature\n"
       "550 5.7.1 The owner of stranger.example.net says: \"see http://example.net/why\"\n"},
      {"temperror", [](auto&, auto& f) { f.dmarc[0].result = DmarcResult::kTempError; },
       "451 4.7.0 DMARC for example.org cannot be checked now, because a DNS look-up failed; "
       "please try again later\n"},
      {"a tag says nothing", [](auto& o, auto&) { o.dmarc.reject = Action::kTag; }, ""},
      {"reject = defer", [](auto& o, auto&) { o.dmarc.reject = Action::kDefer; },
       "451 4.7.1 Mail from example.org must pass DMARC (policy of example.org: reject)\n"
       "451 4.7.1 SPF pass for stranger.example.net, which is not aligned; no DKIM signature\n"},
  });
}

TEST(Reply, OfTheOtherRulesHasTheCodesOfRfc7372) {
  const auto without_policy = [](Facts& f) { f.dmarc = {WithoutPolicy("example.org")}; };
  ExpectReplies({
      {"author", [](auto&, auto& f) { SetProblem(f, AuthorProblem::kSeveralFields); },
       "550 5.7.1 The message has several From fields\n"},
      {"spf",
       [&](auto& o, auto& f) {
         without_policy(f);
         o.spf.mode = RuleMode::kEnforce;
         o.spf.quote_explanation = true;
         f.spf.mail_from.result = SpfResult::kFail;
         f.spf.mail_from.explanation = "no";
       },
       "550 5.7.23 SPF: 198.51.100.7 may not send mail for stranger.example.net\n"
       "550 5.7.23 The owner of stranger.example.net says: \"no\"\n"},
      {"no PTR",
       [&](auto& o, auto& f) {
         without_policy(f);
         f.iprev = {IprevResult::kPermError, {}, {}};
         o.client.no_ptr.mode = RuleMode::kEnforce;
       },
       "550 5.7.25 The address 198.51.100.7 has no PTR record\n"},
      {"no PTR, deferred",
       [&](auto& o, auto& f) {
         without_policy(f);
         f.iprev = {IprevResult::kPermError, {}, {}};
         o.client.no_ptr = {RuleMode::kEnforce, Action::kDefer, 0};
       },
       "451 4.7.25 The address 198.51.100.7 has no PTR record\n"},
      {"HELO is us",
       [&](auto&, auto& f) {
         without_policy(f);
         f.helo_is_us = true;
         f.client.helo = "mx.example.net";
       },
       "550 5.7.1 HELO gave a name that belongs to this site: mx.example.net\n"},
      {"listed",
       [&](auto&, auto& f) {
         without_policy(f);
         f.listings = {{"zen.example", "198.51.100.7", "127.0.0.2", 6},
                       {"good.example", "198.51.100.7", "127.0.0.2", -1},
                       {"uri.example", "stranger.example.net", "127.0.0.2", 6}};
       },
       "550 5.7.1 198.51.100.7 is listed at zen.example\n"
       "550 5.7.1 stranger.example.net is listed at uri.example\n"},
  });
}

TEST(Reply, HoldsForeignBytesBoundedAndPrintable) {
  DmarcOptions options;
  options.client.helo_no_name.mode = RuleMode::kEnforce;
  Facts facts = GoodFacts();
  facts.helo = {};
  facts.client.helo = "a\r\n250 ok\xff" + std::string(100'000, 'x');
  const std::string reply = Reply(Decide(options, facts));
  EXPECT_THAT(reply, testing::HasSubstr("not a??250 ok?xxx"));
  EXPECT_LT(reply.size(), 250U);
}

// -- greylisting

struct GreylistCase {
  const char* name;
  std::function<void(DmarcOptions&, Facts&)> set_up;  // departs from a stranger without a policy
  bool want;
};

Facts Stranger() {
  Facts facts = ForgedFacts(DmarcPolicy::kNone);
  facts.dmarc = {WithoutPolicy("example.org")};
  return facts;
}

TEST(Greylist, AsksOnlyWhatIsUnauthenticatedUnknownAndOfLittleTrust) {
  for (const GreylistCase& c : {
           GreylistCase{"a stranger", [](auto&, auto&) {}, true},
           GreylistCase{"shadow", [](auto&o, auto&) { o.greylist.mode = RuleMode::kShadow; }, true},
           GreylistCase{"off", [](auto&o, auto&) { o.greylist.mode = RuleMode::kOff; }, false},
           GreylistCase{"enough trust", [](auto&o, auto&) { o.greylist.below = -50; }, false},
           GreylistCase{"DMARC passes", [](auto&, auto&f) { f.dmarc = GoodFacts().dmarc; }, false},
           GreylistCase{"aligned without a policy",
                        [](auto&o, auto&f) {
                          f.dmarc[0].spf_aligned = true;
                          o.greylist.below = 100;
                        },
                        false},
           GreylistCase{"a good past",
                        [](auto&o, auto&f) {
                          f.reputation = {.asked = true, .network = 0.1, .known = true};
                          o.greylist.below = 100;
                        },
                        false},
           GreylistCase{"a bad past",
                        [](auto&, auto&f) {
                          f.reputation = {.asked = true, .network = -0.1, .known = true};
                        },
                        true},
           GreylistCase{"on an allow list",
                        [](auto&o, auto&f) {
                          f.listings = {{"good.example", "198.51.100.7", "127.0.0.2", -1}};
                          o.greylist.below = 100;
                        },
                        false},
           GreylistCase{"a trusted forwarder",
                        [](auto&o, auto&) {
                          o.forwarders.names = {"stranger.example.net"};
                          o.greylist.below = 100;
                        },
                        false},
           GreylistCase{"exempt",
                        [](auto&o, auto&) {
                          o.exempt.networks = {base::Network::Parse("198.51.100.7").value()};
                        },
                        false},
           GreylistCase{"refused anyhow", [](auto&, auto&f) { f.helo_is_us = true; }, false},
           GreylistCase{"a bounce to postmaster",
                        [](auto&, auto&f) {
                          f.client.reverse_path = "";
                          f.client.recipients = {"Postmaster@example.net"};
                        },
                        false},
           GreylistCase{"a bounce to abuse without a domain",
                        [](auto&, auto&f) {
                          f.client.reverse_path = "";
                          f.client.recipients = {"abuse"};
                        },
                        false},
           GreylistCase{"a bounce to somebody", [](auto&, auto&f) { f.client.reverse_path = ""; },
                        true},
       }) {
    DmarcOptions options;
    options.greylist.mode = RuleMode::kEnforce;
    Facts facts = Stranger();
    c.set_up(options, facts);
    EXPECT_EQ(Decide(options, facts).greylist_candidate, c.want) << c.name;
  }
}

TEST(Greylist, AFindingAfterTheOthersDefers) {
  DmarcOptions options;
  options.greylist.mode = RuleMode::kEnforce;
  Decision decision = Decide(options, Stranger());
  AddFinding(AskToComeBack(options.greylist, "seconds_left=60"), decision);
  EXPECT_EQ(Describe(decision), "defer by greylist: greylist=defer");
  EXPECT_THAT(Reply(decision), testing::StartsWith("451 4.7.1 "));

  options.greylist.mode = RuleMode::kShadow;
  decision = Decide(options, Stranger());
  AddFinding(AskToComeBack(options.greylist, "seconds_left=60"), decision);
  EXPECT_EQ(Describe(decision), "pass: greylist=defer(shadow)");
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
