#include "milters/dmarc/override_policy.h"

#include <functional>
#include <string>

#include "tests/milters/dmarc/decision_text.h"
#include "tests/milters/dmarc/example_facts.h"

namespace gatepost::dmarc {
namespace {

using auth::DkimResult;
using auth::DmarcPolicy;
using auth::SpfResult;

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
      {"with SPF of HELO, for the null sender",
       [&](auto& o, auto& f) {
         trust_list(o, f);
         f.client.reverse_path = "";
         f.spf.identifier = D("lists.example");
       },
       "", Action::kRefuse, DmarcPolicy::kReject},
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

// -- what a temporary error hides

struct HiddenCase {
  const char* name;
  std::function<void(DmarcOptions&, Facts&)> set_up;  // departs from a forgery under p=reject
  const char* want;
};

void ExpectHidden(std::initializer_list<HiddenCase> cases) {
  for (const HiddenCase& c : cases) {
    DmarcOptions options;
    options.trust.mode = RuleMode::kOff;
    Facts facts = ForgedFacts(DmarcPolicy::kReject);
    c.set_up(options, facts);
    EXPECT_EQ(Describe(Decide(options, facts)), c.want) << c.name;
  }
}

constexpr const char* kWaits = "defer by dmarc: dmarc=defer";
constexpr const char* kRefused = "refuse by dmarc: dmarc=refuse";

void BreakChain(DmarcOptions& options, Facts& facts, std::vector<auth::ArcSet> sets) {
  Sealed(options, facts, std::move(sets));
  facts.arc.result = auth::ArcResult::kFail;
  facts.arc.temporary = true;
}

TEST(Override, ATemporaryErrorOfAChainMayHideIt) {
  const auto one = [] { return std::vector{Set(1, "sealer.example", kSawPass)}; };
  ExpectHidden({
      {"a trusted sealer's key could not be had",
       [&](auto& o, auto& f) { BreakChain(o, f, one()); }, kWaits},
      {"nothing is known of the chain", [](auto& o, auto& f) { BreakChain(o, f, {}); }, kWaits},
      {"a fail for good",
       [&](auto& o, auto& f) {
         BreakChain(o, f, one());
         f.arc.temporary = false;
       },
       kRefused},
      {"nobody is trusted",
       [&](auto& o, auto& f) {
         BreakChain(o, f, one());
         o.arc.trusted_sealers.clear();
       },
       kRefused},
      {"nobody is trusted, and nothing known",
       [](auto& o, auto& f) {
         BreakChain(o, f, {});
         o.arc.trusted_sealers.clear();
       },
       kRefused},
      {"a stranger's chain",
       [](auto& o, auto& f) { BreakChain(o, f, {Set(1, "other.example", kSawPass)}); }, kRefused},
      {"the sealer saw a fail",
       [](auto& o, auto& f) { BreakChain(o, f, {Set(1, "sealer.example", kSawFail)}); }, kRefused},
      {"shadow",
       [&](auto& o, auto& f) {
         BreakChain(o, f, one());
         o.arc.mode = RuleMode::kShadow;
       },
       kRefused},
      {"on_temperror = pass",
       [&](auto& o, auto& f) {
         BreakChain(o, f, one());
         o.on_temperror = OnTempError::kPass;
       },
       "pass: dmarc=pass"},
      {"what is only tagged does not wait",
       [&](auto& o, auto& f) {
         f = ForgedFacts(DmarcPolicy::kQuarantine);
         BreakChain(o, f, one());
       },
       "tag by dmarc: dmarc=tag"},
  });
}

TEST(Override, ATemporaryErrorOfTheClientsNameMayHideAForwarder) {
  ExpectHidden({
      {"no name could be had",
       [](auto& o, auto& f) {
         f.iprev = {IprevResult::kTempError, {}, {}};
         o.forwarders.names = {"mx.forwarder.example"};
       },
       kWaits},
      {"its name could not be confirmed",
       [](auto& o, auto& f) {
         f.iprev = {IprevResult::kTempError, {D("mx.forwarder.example")}, {}};
         o.forwarders.names = {"*.forwarder.example"};
       },
       kWaits},
      {"its names are none of a forwarder's",
       [](auto& o, auto& f) {
         f.iprev = {IprevResult::kTempError, {D("mx.other.example")}, {}};
         o.forwarders.names = {"*.forwarder.example"};
       },
       kRefused},
      {"no forwarder is known by name",
       [](auto& o, auto& f) {
         f.iprev = {IprevResult::kTempError, {}, {}};
         o.forwarders.domains = {"forwarder.example"};
       },
       kRefused},
      {"off",
       [](auto& o, auto& f) {
         f.iprev = {IprevResult::kTempError, {}, {}};
         o.forwarders.names = {"mx.forwarder.example"};
         o.forwarders.mode = RuleMode::kOff;
       },
       kRefused},
      {"a forwarder by network needs no name",
       [](auto& o, auto& f) {
         f.iprev = {IprevResult::kTempError, {}, {}};
         o.forwarders.names = {"mx.forwarder.example"};
         o.forwarders.networks = {base::Network::Parse("198.51.100.7").value()};
       },
       "pass: dmarc=pass"},
  });
}

TEST(Override, ATemporaryErrorOfASignatureMayHideAForwarderOrAList) {
  const auto sign = [](Facts& f, const char* domain) {
    f.dkim = {Signature(domain, DkimResult::kTempError)};
  };
  const auto trust_list = [](DmarcOptions& o, Facts& f) {
    o.lists.trusted = {"talk.lists.example lists.example"};
    f.list_id = "talk.lists.example";
  };
  ExpectHidden({
      {"a forwarder's signature",
       [&](auto& o, auto& f) {
         o.forwarders.domains = {"forwarder.example"};
         sign(f, "forwarder.example");
       },
       kWaits},
      {"a stranger's signature",
       [&](auto& o, auto& f) {
         o.forwarders.domains = {"forwarder.example"};
         sign(f, "other.example");
       },
       kRefused},
      {"a list's signature",
       [&](auto& o, auto& f) {
         trust_list(o, f);
         sign(f, "lists.example");
       },
       kWaits},
      {"a list's SPF",
       [&](auto& o, auto& f) {
         trust_list(o, f);
         f.spf.identifier = D("lists.example");
         f.spf.mail_from.result = SpfResult::kTempError;
       },
       kWaits},
      {"a stranger's SPF",
       [&](auto& o, auto& f) {
         trust_list(o, f);
         f.spf.mail_from.result = SpfResult::kTempError;
       },
       kRefused},
      {"a list's signature without its List-Id",
       [&](auto& o, auto& f) {
         trust_list(o, f);
         f.list_id = "";
         sign(f, "lists.example");
       },
       kRefused},
      {"shadow",
       [&](auto& o, auto& f) {
         trust_list(o, f);
         sign(f, "lists.example");
         o.lists.mode = RuleMode::kShadow;
       },
       kRefused},
  });
}

TEST(Override, WhatIsHiddenIsSaidToTheSenderAndInTheRecord) {
  DmarcOptions options;
  options.trust.mode = RuleMode::kOff;
  Facts facts = ForgedFacts(DmarcPolicy::kReject);
  BreakChain(options, facts, {});
  const Decision decision = Decide(options, facts);
  EXPECT_EQ(Reply(decision),
            "451 4.7.0 Whether mail from example.org may come this way cannot be checked now, "
            "because a DNS look-up failed; please try again later\n");
  EXPECT_THAT(decision.findings[0].evidence,
              testing::EndsWith("; a temporary error may hide: arc"));
  options.on_temperror = OnTempError::kPass;
  EXPECT_EQ(Overrides(Decide(options, facts)), "local_policy: a look-up failed here");
}

// These rules know no more than DMARC does.
TEST(Override, SpfAndTrustWaitForWhatATemporaryErrorHides) {
  const auto fail = [](DmarcOptions& o, Facts& f) {
    o.dmarc.mode = RuleMode::kOff;
    f.spf.mail_from.result = SpfResult::kFail;
  };
  const auto hide = [](DmarcOptions& o, Facts& f) {
    f.iprev = {IprevResult::kTempError, {}, {}};
    o.forwarders.names = {"mx.forwarder.example"};
  };
  const auto undecided = [](DmarcOptions&, Facts& f) {
    f.dmarc[0].result = auth::DmarcResult::kTempError;
  };
  ExpectHidden({
      {"spf and a hidden forwarder",
       [&](auto& o, auto& f) {
         fail(o, f);
         hide(o, f);
         o.spf.mode = RuleMode::kEnforce;
       },
       "defer by spf: spf=defer"},
      {"spf and DMARC that could not be evaluated",
       [&](auto& o, auto& f) {
         fail(o, f);
         undecided(o, f);
         o.spf.mode = RuleMode::kEnforce;
       },
       "defer by spf: spf=defer"},
      {"spf for HELO",
       [&](auto& o, auto& f) {
         undecided(o, f);
         o.dmarc.mode = RuleMode::kOff;
         f.spf.helo.result = SpfResult::kFail;
         o.spf = {RuleMode::kEnforce, Action::kRefuse, Action::kRefuse, false};
       },
       "defer by spf: spf=defer"},
      {"trust and a hidden forwarder",
       [&](auto& o, auto& f) {
         fail(o, f);
         hide(o, f);
         o.trust = {RuleMode::kEnforce, -20, -30};
       },
       "defer by trust: trust=defer"},
      {"trust and DMARC that could not be evaluated",
       [&](auto& o, auto& f) {
         fail(o, f);
         undecided(o, f);
         o.trust = {RuleMode::kEnforce, 0, 0};
       },
       "defer by trust: trust=defer"},
      {"on_temperror = pass",
       [&](auto& o, auto& f) {
         fail(o, f);
         undecided(o, f);
         o.trust = {RuleMode::kEnforce, 0, 0};
         o.spf.mode = RuleMode::kEnforce;
         o.on_temperror = OnTempError::kPass;
       },
       "pass: spf=pass trust=pass"},
      {"what is only tagged does not wait",
       [&](auto& o, auto& f) {
         fail(o, f);
         undecided(o, f);
         o.trust = {RuleMode::kEnforce, 0, -100};
       },
       "tag by trust: trust=tag"},
  });
}

// Forwarded mail is not forged mail, which the findings alone do not tell.
TEST(Override, TheDecisionSaysWhetherThePolicyWasSetAside) {
  for (const auto& [name, set_up, want] :
       {std::tuple{"a forgery", +[](DmarcOptions&, Facts&) {}, false},
        {"a forwarder",
         +[](DmarcOptions&o, Facts&) { o.forwarders.names = {"stranger.example.net"}; }, true},
        {"a forwarder in shadow",
         +[](DmarcOptions&o, Facts&) {
           o.forwarders = {RuleMode::kShadow, {"stranger.example.net"}, {}, {}};
         },
         false},
        {"an exempt client", +[](DmarcOptions&, Facts&f) { f.client.authenticated = true; }, true},
        {"policies are only monitored",
         +[](DmarcOptions&o, Facts&) { o.dmarc.mode = RuleMode::kShadow; }, false},
        {"mail that passes needs nobody",
         +[](DmarcOptions&o, Facts&f) {
           f = GoodFacts();
           o.forwarders.names = {"mx.example.org"};
           f.client.authenticated = true;
         },
         false}}) {
    DmarcOptions options;
    Facts facts = ForgedFacts(DmarcPolicy::kReject);
    set_up(options, facts);
    EXPECT_EQ(Decide(options, facts).acquitted, want) << name;
  }
}

}  // namespace
}  // namespace gatepost::dmarc
