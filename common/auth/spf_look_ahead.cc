// Questions asked before their turn, so that their answers come together.
#include <algorithm>
#include <utility>

#include "common/auth/spf_evaluation.h"
#include "common/base/strings.h"

namespace gatepost::auth {

using dns::RecordType;

namespace {

// Early questions over the whole check, by the terms that may count: a record whose includes hold
// includes of their own would have us ask for a whole forest of which ten terms ever count.
constexpr std::size_t kEarlyByTerm = 3;

bool CanBeAsked(const SpfLookup& lookup) {
  return lookup.term->IsRecord() ? IsSpfDomain(*lookup.name) : IsDnsName(*lookup.name);
}

}  // namespace

// Whether one more early question may be asked, and leaves room for all that the evaluation itself
// may come to: the terms that are left with all their hosts, the client's names, and an
// explanation.
bool SpfEvaluation::HasRoom() const {
  if (early_ >= kEarlyByTerm * limits_.max_terms) return false;
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
  AskEarly(lookup.term->kind == SpfTermKind::kPtr ? SpfReverseName(request_.client) : *lookup.name,
           FirstType(lookup.term->kind));
}

void SpfEvaluation::AskEarly(std::string_view name, RecordType type) {
  const std::size_t before = questions_.Asked();
  questions_.Prefetch(name, type);
  early_ += questions_.Asked() - before;
}

RecordType SpfEvaluation::FirstType(SpfTermKind kind) const {
  switch (kind) {
    case SpfTermKind::kInclude:
    case SpfTermKind::kRedirect:
      return RecordType::kTxt;
    case SpfTermKind::kMx:
      return RecordType::kMx;
    case SpfTermKind::kPtr:
      return RecordType::kPtr;
    case SpfTermKind::kExists:
      return RecordType::kA;
    default:
      return AddressType();
  }
}

void SpfEvaluation::AskHostsEarly(SpfLookup& lookup) {
  if (lookup.asked_hosts) return;
  const dns::AnswerPtr answer = questions_.Find(*lookup.name, RecordType::kMx);
  if (!answer) return;
  const std::vector<std::string> hosts = SpfMxHosts(*answer);
  const std::size_t count = std::min<std::size_t>(hosts.size(), limits_.max_names);
  for (std::size_t i = 0; i < count && HasRoom(); ++i) AskEarly(hosts[i], AddressType());
  lookup.asked_hosts = true;
}

}  // namespace gatepost::auth
