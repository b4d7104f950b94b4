#include "common/auth/spf_evaluation.h"

#include <utility>

#include "common/base/strings.h"

namespace gatepost::auth {
namespace {

using dns::RecordType;

constexpr std::size_t kLongestExplanation = 500;
constexpr std::size_t kLongestMechanism = 200;
constexpr std::size_t kLongestRecord = 500;
// RFC 5321 section 4.5.3.1 allows far less; what is longer cannot be part of a name that matches.
constexpr std::size_t kLongestValue = 512;

std::string Shown(std::string_view name) { return base::Printable(name, 100); }

}  // namespace

bool IsDnsName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (const std::string_view label : base::Split(name, '.')) {
    if (label.empty() || label.size() > 63) return false;
    for (const char c : label) {
      if (c < 0x20 || c > 0x7e) return false;
    }
  }
  return true;
}

bool IsSpfDomain(std::string_view name) {
  return IsDnsName(name) && name.find('.') != std::string_view::npos;
}

SpfEvaluation::SpfEvaluation(const SpfRequest& request, std::string domain, const SpfLimits& limits,
                             SpfQuestions& questions)
    : request_(request), domain_(std::move(domain)), limits_(limits), questions_(questions) {}

std::optional<SpfOutcome> SpfEvaluation::Run() {
  ++run_;
  waiting_ = false;
  terms_ = 0;
  void_lookups_ = 0;
  Verdict verdict = CheckHost(domain_);
  if (waiting_) {
    LookAhead();
    return std::nullopt;
  }
  SpfOutcome outcome;
  if (verdict.result == SpfResult::kFail) outcome.explanation = Explain(*verdict.policy);
  if (waiting_) return std::nullopt;
  outcome.result = verdict.result;
  outcome.reason = std::move(verdict.reason);
  outcome.mechanism = base::Printable(verdict.mechanism, kLongestMechanism);
  if (const auto own = policies_.find(base::ToLower(domain_)); own != policies_.end()) {
    outcome.record = base::Printable(own->second.published, kLongestRecord);
  }
  outcome.terms = terms_;
  outcome.void_lookups = void_lookups_;
  return outcome;
}

dns::AnswerPtr SpfEvaluation::Find(std::string_view name, RecordType type) {
  dns::AnswerPtr answer = questions_.Find(name, type);
  if (!answer) waiting_ = true;
  return answer;
}

// Null while the record is under way.
SpfPolicy* SpfEvaluation::FindPolicy(const std::string& domain) {
  const std::string key = base::ToLower(domain);
  if (const auto known = policies_.find(key); known != policies_.end()) return &known->second;
  const dns::AnswerPtr answer = Find(domain, RecordType::kTxt);
  if (!answer) return nullptr;
  return &policies_.try_emplace(key, domain, *answer, request_.client, limits_.max_record_bytes)
              .first->second;
}

SpfEvaluation::Verdict SpfEvaluation::CheckHost(const std::string& domain) {
  SpfPolicy* const policy = FindPolicy(domain);
  if (policy == nullptr) return {};
  if (policy->failure != SpfResult::kPass) return {policy->failure, policy->reason, "", policy};
  for (SpfLookup& lookup : policy->lookups) {
    Step step = Evaluate(*policy, lookup);
    if (waiting_) return {};
    if (step) return *std::move(step);
  }
  return Decide(*policy, policy->decided_by);
}

// What a term that matched comes to; neutral where none did (section 4.7).
SpfEvaluation::Verdict SpfEvaluation::Decide(SpfPolicy& policy, const SpfTerm* term) const {
  if (term == nullptr) {
    return {SpfResult::kNeutral, Shown(policy.domain) + " says nothing about this client",
            "default", &policy};
  }
  std::string_view says = " says nothing about this client";
  if (term->qualifier == SpfResult::kPass) says = " permits this client";
  if (term->qualifier == SpfResult::kFail) says = " does not permit this client";
  if (term->qualifier == SpfResult::kSoftfail) says = " does not expect this client";
  return {term->qualifier, Shown(policy.domain).append(says), term->text, &policy};
}

SpfEvaluation::Step SpfEvaluation::Evaluate(SpfPolicy& policy, SpfLookup& lookup) {
  const SpfTerm& term = *lookup.term;
  if (terms_ == limits_.max_terms) {
    return Verdict{SpfResult::kPermError, "too many DNS look-ups", term.text, &policy};
  }
  ++terms_;
  if (!FindName(policy, lookup)) return std::nullopt;
  if (term.kind == SpfTermKind::kInclude) return Include(policy, lookup);
  if (term.kind == SpfTermKind::kRedirect) return Redirect(policy, lookup);
  return Match(policy, lookup);
}

// Section 5.2's table.
SpfEvaluation::Step SpfEvaluation::Include(SpfPolicy& policy, const SpfLookup& lookup) {
  Verdict included = CheckTarget(policy, lookup);
  switch (included.result) {
    case SpfResult::kPass:
      return Decide(policy, lookup.term);
    case SpfResult::kTempError:
    case SpfResult::kPermError:
      return Verdict{included.result, std::move(included.reason), lookup.term->text, &policy};
    default:
      return std::nullopt;
  }
}

// The other record's result is ours (section 6.1), but what failed is our term.
SpfEvaluation::Verdict SpfEvaluation::Redirect(SpfPolicy& policy, const SpfLookup& lookup) {
  Verdict verdict = CheckTarget(policy, lookup);
  if (verdict.mechanism.empty()) verdict.mechanism = lookup.term->text;
  return verdict;
}

// check_host() of an include or redirect, where a domain without a policy is permerror.
SpfEvaluation::Verdict SpfEvaluation::CheckTarget(SpfPolicy& policy, const SpfLookup& lookup) {
  if (!IsSpfDomain(*lookup.name)) {
    return {SpfResult::kPermError, "not a domain: " + Shown(*lookup.name), "", &policy};
  }
  Verdict verdict = CheckHost(*lookup.name);
  if (verdict.result == SpfResult::kNone) verdict.result = SpfResult::kPermError;
  return verdict;
}

SpfEvaluation::Step SpfEvaluation::Match(SpfPolicy& policy, SpfLookup& lookup) {
  const SpfTerm& term = *lookup.term;
  if (!lookup.match) lookup.match = MatchMechanism(lookup);
  if (!lookup.match) return std::nullopt;
  if (lookup.is_void && ++void_lookups_ > limits_.max_void_lookups) {
    return Verdict{SpfResult::kPermError, "too many void DNS look-ups", term.text, &policy};
  }
  switch (*lookup.match) {
    case SpfMatch::kYes:
      return Decide(policy, &term);
    case SpfMatch::kNo:
      return std::nullopt;
    case SpfMatch::kTempError:
      return Verdict{SpfResult::kTempError, Shown(*lookup.name) + ": DNS look-up failed", term.text,
                     &policy};
    default:
      return Verdict{SpfResult::kPermError, Shown(*lookup.name) + ": too many mail exchangers",
                     term.text, &policy};
  }
}

// The target's name, once for all runs. False while %{p} is under way.
bool SpfEvaluation::FindName(const SpfPolicy& policy, SpfLookup& lookup) {
  if (lookup.name) return true;
  const auto& target = lookup.term->target;
  if (!target) {
    lookup.name = policy.domain;
  } else {
    lookup.name = Expand(policy, *target, SpfMacroUse::kName);
  }
  return lookup.name.has_value();
}

std::optional<std::string> SpfEvaluation::Expand(const SpfPolicy& policy,
                                                 const SpfMacroString& macro, SpfMacroUse use) {
  std::optional<std::string> validated("");
  if (macro.NeedsValidatedName()) validated = ValidatedName(policy.domain);
  if (!validated) return std::nullopt;
  SpfMacroValues values;
  values.local_part = std::string_view(request_.local_part).substr(0, kLongestValue);
  values.sender_domain = domain_;
  values.domain = policy.domain;
  values.helo = std::string_view(request_.helo).substr(0, kLongestValue);
  values.receiver = request_.receiver;
  values.validated_name = *validated;
  values.client = request_.client;
  values.now = request_.now;
  return use == SpfMacroUse::kName ? macro.ExpandName(values)
                                   : macro.ExpandText(values, kLongestExplanation);
}

// Section 6.2: whatever is wrong with an explanation, the result stands without it.
std::string SpfEvaluation::Explain(const SpfPolicy& policy) {
  if (!policy.record.explanation) return {};
  const auto name = Expand(policy, *policy.record.explanation, SpfMacroUse::kName);
  if (!name || !IsDnsName(*name)) return {};
  const dns::AnswerPtr answer = Find(*name, RecordType::kTxt);
  if (!answer || answer->records.size() != 1) return {};
  const std::string_view text = answer->records.front().text;
  if (text.size() > limits_.max_record_bytes) return {};
  const auto macro = SpfMacroString::Parse(text, SpfMacroUse::kExplanation);
  if (!macro) return {};
  return base::Printable(Expand(policy, *macro, SpfMacroUse::kExplanation).value_or(""),
                         kLongestExplanation);
}

}  // namespace gatepost::auth
