#include "milters/dmarc/decision_policy.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"
#include "milters/dmarc/client_policy.h"
#include "milters/dmarc/reply_text.h"

namespace gatepost::dmarc {
namespace {

using auth::DmarcOutcome;
using auth::DmarcPolicy;
using auth::DmarcResult;
using mail::AuthorProblem;

constexpr std::size_t kMaxListingsInEvidence = 10;

// One message under judgement.
struct Case {
  const DmarcOptions& options;
  const Facts& facts;
  std::string exemption;
  std::vector<Acquittal> acquittals;
  bool acquitted = false;
  std::string_view hidden;  // the rule that might acquit it, but for a temporary error; "" if none
  bool undecided = false;   // so is DMARC
};

void Find(Decision& decision, Rule rule, std::string section, std::string evidence,
          ReplyText text) {
  if (rule.mode == RuleMode::kOff) return;
  decision.findings.push_back({std::move(section), rule.mode, rule.action, std::move(evidence),
                               ToReply(rule.action, std::move(text))});
}

// Nothing is refused for good while a temporary error hides whether that would be right.
void Hesitate(const Case& c, Finding& finding) {
  if (finding.action != Action::kRefuse) return;
  const bool defer = c.options.on_temperror == OnTempError::kDefer;
  finding.action = defer ? Action::kDefer : Action::kPass;
  finding.reply = ToReply(finding.action, HiddenPathText(c.facts));
  finding.evidence += "; a temporary error may hide: ";
  finding.evidence += c.hidden.empty() ? "dmarc" : c.hidden;
}

// The same as Find, for rules that know no more of the author than DMARC does.
void FindUnlessHidden(const Case& c, Decision& decision, Finding finding) {
  if (finding.mode == RuleMode::kOff) return;
  if (!c.hidden.empty() || c.undecided) Hesitate(c, finding);
  decision.findings.push_back(std::move(finding));
}

void AddOverride(Decision& decision, Override reason) {
  auto& all = decision.overrides;
  if (std::ranges::find(all, reason) == all.end()) all.push_back(std::move(reason));
}

// -- author

Action ToAction(AuthorAction action) {
  switch (action) {
    case AuthorAction::kStrictest:
    case AuthorAction::kPass:
      return Action::kPass;
    case AuthorAction::kTag:
      return Action::kTag;
    case AuthorAction::kHold:
      return Action::kHold;
    case AuthorAction::kRefuse:
      return Action::kRefuse;
  }
  return Action::kPass;
}

struct AuthorFault {
  AuthorAction action;
  std::string evidence;
  const char* text;
};

std::optional<AuthorFault> FindAuthorProblem(const AuthorRules& rules, const Facts& facts) {
  const std::string problem(mail::Name(facts.author.problem));
  switch (facts.author.problem) {
    case AuthorProblem::kNone:
      return std::nullopt;
    case AuthorProblem::kMissing:
      return AuthorFault{rules.missing, problem, "The message has no From field"};
    case AuthorProblem::kSeveralFields:
      return AuthorFault{rules.several_fields, problem, "The message has several From fields"};
    case AuthorProblem::kUnparsable:
      return AuthorFault{rules.unparsable, problem, "The From field is no list of addresses"};
    case AuthorProblem::kNoAddress:
      return AuthorFault{rules.no_address, problem, "The From field holds no address"};
    case AuthorProblem::kSeveralDomains:
      return AuthorFault{rules.several_domains, problem,
                         "The From field holds addresses in several domains"};
  }
  return std::nullopt;
}

void JudgeAuthor(const Case& c, Decision& decision) {
  const AuthorRules& rules = c.options.author;
  const auto find = [&](const AuthorFault& fault) {
    Find(decision, {rules.mode, ToAction(fault.action)}, "author", fault.evidence,
         {"7.1", {fault.text}});
  };
  if (const auto problem = FindAuthorProblem(rules, c.facts)) find(*problem);
  if (c.facts.author.display_name_holds_address) {
    find({rules.hidden_address, "hidden_address",
          "The display name of the From field reads as another address"});
  }
}

// -- DMARC

// Whether [author] has decided about a From field that is not plain, so that the policies of its
// domains are not asked.
bool AuthorRuleDecides(const Case& c) {
  const auto problem = FindAuthorProblem(c.options.author, c.facts);
  return problem && c.options.author.mode == RuleMode::kEnforce &&
         problem->action != AuthorAction::kStrictest;
}

Action ActionFor(const DmarcRules& rules, DmarcPolicy disposition) {
  switch (disposition) {
    case DmarcPolicy::kNone:
      return rules.none;
    case DmarcPolicy::kQuarantine:
      return rules.quarantine;
    case DmarcPolicy::kReject:
      return rules.reject;
  }
  return Action::kPass;
}

// The disposition that an action amounts to.
DmarcPolicy DispositionOf(Action action) {
  if (action == Action::kPass) return DmarcPolicy::kNone;
  return action >= Action::kDefer ? DmarcPolicy::kReject : DmarcPolicy::kQuarantine;
}

// Whether mail that fails under this policy is acted on.
bool ActsUnder(const DmarcRules& rules, DmarcPolicy published, bool testing) {
  const bool lowered = testing && published != DmarcPolicy::kNone;
  const int step = static_cast<int>(published) - (lowered ? 1 : 0);
  return ActionFor(rules, static_cast<DmarcPolicy>(step)) > Action::kPass;
}

// After a temporary error: whether we might do anything, were the answer known. Whether the
// author's domain exists may be part of that answer, so np= counts wherever it might apply.
bool MayMatter(const DmarcRules& rules, const DmarcOutcome& outcome) {
  if (!outcome.record) {
    return std::max({rules.reject, rules.quarantine, rules.none}) > Action::kPass;
  }
  const auth::DmarcRecord& record = *outcome.record;
  if (ActsUnder(rules, outcome.published, record.testing)) return true;
  return outcome.policy_domain != outcome.author_domain && record.nonexistent_policy &&
         ActsUnder(rules, *record.nonexistent_policy, record.testing);
}

std::string DescribePolicy(const DmarcOutcome& outcome) {
  std::string text = "from=" + outcome.author_domain.ascii();
  if (outcome.policy_domain) text += " policy_domain=" + outcome.policy_domain->ascii();
  if (!outcome.policy_tag.empty()) {
    text += " " + outcome.policy_tag + "=" + std::string(auth::Name(outcome.published));
  }
  return text;
}

Finding DmarcFailure(const Case& c, const DmarcOutcome& outcome) {
  const DmarcRules& rules = c.options.dmarc;
  const Action action = ActionFor(rules, outcome.disposition);
  ReplyText text = DmarcFailText(c.facts, outcome);
  if (c.options.spf.quote_explanation && !c.facts.spf.mail_from.explanation.empty()) {
    text.lines.push_back(QuoteExplanation(c.facts.spf.mail_from, c.facts.spf.mail_from_domain));
  }
  return {"dmarc", rules.mode, action,
          DescribePolicy(outcome) + ": " + DescribeShortfall(c.facts, outcome),
          ToReply(action, std::move(text))};
}

Finding DmarcTrouble(const Case& c, const DmarcOutcome& outcome) {
  const bool defer =
      c.options.on_temperror == OnTempError::kDefer && MayMatter(c.options.dmarc, outcome);
  const Action action = defer ? Action::kDefer : Action::kPass;
  return {"dmarc", c.options.dmarc.mode, action,
          DescribePolicy(outcome) + " temperror: " + outcome.reason,
          ToReply(action, DmarcTempErrorText(outcome))};
}

// Lets the mail pass where a trusted path speaks for it.
void Acquit(const Case& c, Finding& finding, Decision& decision) {
  if (finding.action == Action::kPass) return;
  for (const Acquittal& acquittal : c.acquittals) {
    const std::string words = acquittal.reason.type + " (" + acquittal.reason.comment + ")";
    if (acquittal.mode == RuleMode::kEnforce) {
      finding.evidence += "; overridden: " + words;
      AddOverride(decision, acquittal.reason);
    } else {
      decision.findings.push_back(
          {acquittal.rule, acquittal.mode, Action::kPass, "would override: " + words, {}});
    }
  }
  if (!c.acquitted) return;
  finding.action = Action::kPass;
  finding.reply = {};
}

void WaitForHiddenPath(const Case& c, Finding& finding, Decision& decision) {
  if (c.hidden.empty() || finding.action != Action::kRefuse) return;
  Hesitate(c, finding);
  if (finding.action == Action::kPass && finding.mode == RuleMode::kEnforce) {
    AddOverride(decision, {"local_policy", "a look-up failed here"});
  }
}

// What the owner is told where our disposition is not his.
void ExplainDifference(const DmarcOutcome& outcome, const Finding& finding, DmarcPolicy applied,
                       Decision& decision) {
  if (outcome.record && outcome.record->testing && outcome.published != outcome.disposition) {
    AddOverride(decision, {"policy_test_mode", "t=y"});
  }
  const bool told = std::ranges::any_of(
      decision.overrides, [](const Override& reason) { return reason.type != "policy_test_mode"; });
  if (applied == outcome.disposition || told) return;
  if (finding.mode != RuleMode::kEnforce) {
    return AddOverride(decision, {"local_policy", "policies are only monitored"});
  }
  AddOverride(decision, {"local_policy", "local action: " + std::string(Name(finding.action))});
}

void JudgeFailure(const Case& c, const DmarcOutcome& outcome, Decision& decision) {
  Finding finding = DmarcFailure(c, outcome);
  if (!c.exemption.empty()) {
    if (outcome.disposition != DmarcPolicy::kNone) {
      AddOverride(decision, {"local_policy", c.exemption});
    }
    finding.action = Action::kPass;
    finding.reply = {};
    finding.evidence += "; exempt: " + c.exemption;
  } else {
    Acquit(c, finding, decision);
    WaitForHiddenPath(c, finding, decision);
  }
  const bool acts = finding.mode == RuleMode::kEnforce;
  const DmarcPolicy applied = acts ? DispositionOf(finding.action) : DmarcPolicy::kNone;
  ExplainDifference(outcome, finding, applied, decision);
  decision.applied = std::max(decision.applied, applied);
  if (finding.mode != RuleMode::kOff) decision.findings.push_back(std::move(finding));
}

void JudgeTrouble(const Case& c, const DmarcOutcome& outcome, Decision& decision) {
  if (c.options.dmarc.mode == RuleMode::kOff || !c.exemption.empty()) return;
  Finding finding = DmarcTrouble(c, outcome);
  Acquit(c, finding, decision);
  decision.findings.push_back(std::move(finding));
}

void JudgeDmarc(const Case& c, Decision& decision) {
  if (AuthorRuleDecides(c)) return;
  for (const DmarcOutcome& outcome : c.facts.dmarc) {
    if (outcome.result == DmarcResult::kFail) JudgeFailure(c, outcome, decision);
    if (outcome.result == DmarcResult::kTempError) JudgeTrouble(c, outcome, decision);
  }
}

// -- the other rules

void JudgeSpfIdentity(const Case& c, Action action, const auth::SpfOutcome& spf,
                      std::string_view domain, Decision& decision) {
  if (spf.result != auth::SpfResult::kFail) return;
  ReplyText text = SpfFailText(c.facts.client, domain);
  if (c.options.spf.quote_explanation && !spf.explanation.empty()) {
    text.lines.push_back(QuoteExplanation(spf, domain));
  }
  FindUnlessHidden(c, decision,
                   {"spf", c.options.spf.mode, action,
                    "fail for " + base::Printable(domain) + " by " + base::Printable(spf.mechanism),
                    ToReply(action, std::move(text))});
}

void JudgeSpf(const Case& c, Decision& decision) {
  if (PassesDmarc(c.facts) || c.acquitted) return;
  const SpfFacts& spf = c.facts.spf;
  JudgeSpfIdentity(c, c.options.spf.mail_from_fail, spf.mail_from, spf.mail_from_domain, decision);
  // With the null sender both are the same check.
  const bool same =
      c.facts.client.reverse_path.empty() && spf.mail_from.result == auth::SpfResult::kFail;
  if (!same) {
    JudgeSpfIdentity(c, c.options.spf.helo_fail, spf.helo, c.facts.client.helo, decision);
  }
}

void JudgeClient(const Case& c, Decision& decision) {
  for (ClientFault& fault : FindClientFaults(c.options.client, c.facts)) {
    Find(decision, {fault.rule.mode, fault.rule.action}, std::string(fault.section), fault.text,
         {fault.detail, {fault.text}});
  }
}

std::int64_t WeightOf(const std::vector<Listing>& listings) {
  std::int64_t weight = 0;
  for (const Listing& listing : listings) weight += listing.weight;
  return weight;
}

std::string DescribeListings(const std::vector<Listing>& listings) {
  std::string text = "weight=" + std::to_string(WeightOf(listings));
  std::size_t described = 0;
  for (const Listing& listing : listings) {
    if (++described > kMaxListingsInEvidence) return text + " ...";
    text += " " + listing.zone + "=" + listing.code + "(" + base::Printable(listing.subject) + ")";
  }
  return text;
}

void JudgeListings(const Case& c, Decision& decision) {
  if (c.facts.listings.empty()) return;
  const BlockListRules& rules = c.options.block_lists;
  const std::int64_t weight = WeightOf(c.facts.listings);
  Action action = Action::kPass;
  if (rules.tag_at > 0 && weight >= rules.tag_at) action = Action::kTag;
  if (rules.refuse_at > 0 && weight >= rules.refuse_at) action = Action::kRefuse;
  Find(decision, {rules.mode, action}, "block_lists", DescribeListings(c.facts.listings),
       ListingText(c.facts.listings));
}

void JudgeTrust(const Case& c, Decision& decision) {
  const TrustRules& rules = c.options.trust;
  const int score = decision.trust.score;
  if (c.acquitted || score >= std::max(rules.tag_below, rules.refuse_below)) return;
  const Action action = score < rules.refuse_below ? Action::kRefuse : Action::kTag;
  ReplyText text{
      "7.1",
      {"Too little shows that this message is genuine",
       "Make it pass SPF, DKIM and DMARC, and give your host matching PTR and HELO names"}};
  FindUnlessHidden(
      c, decision,
      {"trust", rules.mode, action, FormatTrust(decision.trust), ToReply(action, std::move(text))});
}

// The first of the strongest enforced findings.
void Choose(Decision& decision) {
  for (std::size_t i = 0; i < decision.findings.size(); ++i) {
    const Finding& finding = decision.findings[i];
    if (finding.mode != RuleMode::kEnforce || finding.action <= decision.action) continue;
    decision.action = finding.action;
    decision.deciding = i;
  }
}

// -- greylisting

bool IsPostmasterOrAbuse(std::string_view recipient) {
  const std::string_view local = recipient.substr(0, recipient.find('@'));
  return base::EqualsIgnoreCase(local, "postmaster") || base::EqualsIgnoreCase(local, "abuse");
}

bool IsForPostmasterOrAbuse(const ClientFacts& client) {
  return std::ranges::any_of(client.recipients, IsPostmasterOrAbuse);
}

bool IsAuthenticated(const Facts& facts) {
  return std::ranges::any_of(facts.dmarc, [](const DmarcOutcome& outcome) {
    return outcome.result == DmarcResult::kPass || outcome.spf_aligned || outcome.dkim_aligned();
  });
}

bool HasGoodPast(const ReputationFacts& reputation) {
  const auto [worst, best] =
      std::minmax({reputation.address, reputation.network, reputation.domain});
  return reputation.known && worst >= 0 && best > 0;
}

bool IsGreylistCandidate(const Case& c, const Decision& decision) {
  const GreylistRules& rules = c.options.greylist;
  if (rules.mode == RuleMode::kOff || decision.action >= Action::kDefer) return false;
  if (!c.exemption.empty() || c.acquitted || IsAuthenticated(c.facts)) return false;
  if (c.facts.client.reverse_path.empty() && IsForPostmasterOrAbuse(c.facts.client)) return false;
  const bool praised =
      std::ranges::any_of(c.facts.listings, [](const Listing& l) { return l.weight < 0; });
  return !praised && !HasGoodPast(c.facts.reputation) && decision.trust.score < rules.below;
}

Case MakeCase(const DmarcOptions& options, const Facts& facts) {
  Case c{options, facts, ExemptionOf(options.exempt, facts.client), {}, false, "", false};
  if (PassesDmarc(facts)) return c;
  c.acquittals = FindAcquittals(options, facts);
  c.acquitted = AnyEnforced(c.acquittals);
  if (!c.acquitted) c.hidden = FindHiddenAcquittal(options, facts);
  c.undecided = std::ranges::find(facts.dmarc, DmarcResult::kTempError, &DmarcOutcome::result) !=
                facts.dmarc.end();
  return c;
}

}  // namespace

Decision Decide(const DmarcOptions& options, const Facts& facts) {
  const Case c = MakeCase(options, facts);
  Decision decision;
  decision.acquitted = !PassesDmarc(facts) && (c.acquitted || !c.exemption.empty());
  decision.trust = Assess(options, facts);
  if (c.exemption.empty()) JudgeAuthor(c, decision);
  JudgeDmarc(c, decision);
  if (c.exemption.empty()) {
    JudgeSpf(c, decision);
    JudgeClient(c, decision);
    JudgeListings(c, decision);
    JudgeTrust(c, decision);
  }
  Choose(decision);
  decision.greylist_candidate = IsGreylistCandidate(c, decision);
  return decision;
}

std::string_view Name(Action action) {
  constexpr std::array<std::string_view, 5> kNames{"pass", "tag", "hold", "defer", "refuse"};
  return kNames[static_cast<std::size_t>(action)];
}

Finding AskToComeBack(const GreylistRules& rules, std::string evidence) {
  return {"greylist", rules.mode, Action::kDefer, std::move(evidence),
          ToReply(Action::kDefer,
                  {"7.1",
                   {"This sender is not known here yet; please send the message again later",
                    "Mail that passes DMARC is not asked to come back"}})};
}

void AddFinding(Finding finding, Decision& decision) {
  decision.findings.push_back(std::move(finding));
  Choose(decision);
}

std::string FormatTags(const Decision& decision) {
  std::vector<std::string_view> rules;
  for (const Finding& finding : decision.findings) {
    const bool tags = finding.action == Action::kTag || finding.action == Action::kHold;
    if (!tags || finding.mode != RuleMode::kEnforce) continue;
    if (std::ranges::find(rules, finding.rule) == rules.end()) rules.push_back(finding.rule);
  }
  std::string text;
  for (std::string_view rule : rules) text += (text.empty() ? "" : ", ") + std::string(rule);
  return text;
}

std::string FormatTrust(const Trust& trust) {
  std::string reasons;
  for (const TrustReason& reason : trust.reasons) {
    reasons += (reasons.empty() ? "" : ", ") + reason.name + " " + std::to_string(reason.points);
  }
  return std::to_string(trust.score) + (reasons.empty() ? "" : " (" + reasons + ")");
}

}  // namespace gatepost::dmarc
