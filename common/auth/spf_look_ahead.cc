// Questions asked before their turn, so that their answers come together.
#include <algorithm>
#include <utility>

#include "common/auth/spf_evaluation.h"
#include "common/base/strings.h"

namespace gatepost::auth {

using dns::RecordType;

namespace {

bool CanBeAsked(const SpfLookup& lookup) {
  return lookup.term->IsRecord() ? IsSpfDomain(*lookup.name) : IsDnsName(*lookup.name);
}

}  // namespace

// Whether one more question leaves room for all that the evaluation itself may come to: the terms
// that are left with all their hosts, the client's names, and an explanation.
bool SpfEvaluation::HasRoom() const {
  const std::size_t begun = terms_ > 0 ? 1 : 0;  // the term that waits may have hosts to ask for
  const std::size_t left = limits_.max_terms - std::min(limits_.max_terms, terms_) + begun;
  const std::size_t reserve = (left + 1) * (1 + limits_.max_names) + 1;
  return questions_.Asked() + reserve < limits_.max_questions;
}

void SpfEvaluation::LookAhead() {
  const auto policy = policies_.find(base::ToLower(domain_));
  if (policy != policies_.end()) LookAhead(policy->second, 0);
}

// `terms`: how many have had their turn before this record, at least. Those of the record first,
// then what lies behind them.
void SpfEvaluation::LookAhead(SpfPolicy& policy, unsigned terms) {
  if (std::exchange(policy.visited, run_) == run_) return;
  const std::size_t count = std::min<std::size_t>(policy.lookups.size(), limits_.max_terms - terms);
  for (std::size_t i = 0; i < count; ++i) AskEarly(policy, policy.lookups[i]);
  for (std::size_t i = 0; i < count; ++i) {
    LookAheadBehind(policy.lookups[i], terms + static_cast<unsigned>(i) + 1);
  }
}

void SpfEvaluation::LookAheadBehind(SpfLookup& lookup, unsigned terms) {
  if (!lookup.asked) return;
  if (lookup.term->kind == SpfTermKind::kMx) return AskHostsEarly(lookup);
  if (!lookup.term->IsRecord()) return;
  // Found once it is there, and otherwise waited for: more may lie behind it.
  if (SpfPolicy* const next = FindPolicy(*lookup.name)) LookAhead(*next, terms);
}

// A name with %{p} is not known before its turn, as that costs look-ups itself.
void SpfEvaluation::AskEarly(const SpfPolicy& policy, SpfLookup& lookup) {
  if (lookup.asked || !HasRoom()) return;
  const auto& target = lookup.term->target;
  if (!lookup.name && target && target->NeedsValidatedName()) return;
  if (!FindName(policy, lookup) || !CanBeAsked(lookup)) return;
  lookup.asked = true;
  switch (lookup.term->kind) {
    case SpfTermKind::kInclude:
    case SpfTermKind::kRedirect:
      return questions_.Prefetch(*lookup.name, RecordType::kTxt);
    case SpfTermKind::kMx:
      return questions_.Prefetch(*lookup.name, RecordType::kMx);
    case SpfTermKind::kPtr:
      return questions_.Prefetch(SpfReverseName(request_.client), RecordType::kPtr);
    case SpfTermKind::kExists:
      return questions_.Prefetch(*lookup.name, RecordType::kA);
    default:
      return questions_.Prefetch(*lookup.name, AddressType());
  }
}

void SpfEvaluation::AskHostsEarly(SpfLookup& lookup) {
  if (lookup.asked_hosts) return;
  const dns::AnswerPtr answer = questions_.Find(*lookup.name, RecordType::kMx);
  if (!answer) return;
  const std::vector<std::string> hosts = SpfMxHosts(*answer);
  const std::size_t count = std::min<std::size_t>(hosts.size(), limits_.max_names);
  for (std::size_t i = 0; i < count && HasRoom(); ++i) {
    questions_.Prefetch(hosts[i], AddressType());
  }
  lookup.asked_hosts = true;
}

}  // namespace gatepost::auth
