#include "milters/dmarc/trust_policy.h"

#include <algorithm>
#include <cmath>

#include "milters/dmarc/client_policy.h"
#include "milters/dmarc/override_policy.h"

namespace gatepost::dmarc {
namespace {

using auth::DmarcOutcome;
using auth::DmarcPolicy;
using auth::DmarcResult;
using auth::SpfResult;

constexpr int kMost = 100;
constexpr double kDomainShare = 1.0, kAddressShare = 0.6, kNetworkShare = 0.4;

class Sum {
 public:
  void Add(std::string name, long points) {
    if (points == 0) return;
    const int bounded = static_cast<int>(std::clamp<long>(points, -kMost, kMost));
    trust_.reasons.push_back({std::move(name), bounded});
    total_ += bounded;
  }
  Trust Take() {
    trust_.score = std::clamp(total_, -kMost, kMost);
    return std::move(trust_);
  }

 private:
  Trust trust_;
  int total_ = 0;
};

bool IsAligned(const DmarcOutcome& outcome) {
  return outcome.spf_aligned || outcome.dkim_aligned();
}

void AddFailedPolicy(DmarcPolicy published, Sum& sum) {
  switch (published) {
    case DmarcPolicy::kNone:
      return sum.Add("dmarc_fail_none", -20);
    case DmarcPolicy::kQuarantine:
      return sum.Add("dmarc_fail_quarantine", -40);
    case DmarcPolicy::kReject:
      return sum.Add("dmarc_fail_reject", -60);
  }
}

// The worst policy that fails, or what having none is worth.
void AddDmarcShortfall(const Facts& facts, Sum& sum) {
  const DmarcOutcome* worst = nullptr;
  bool unaligned_without_policy = false;
  bool all_aligned = !facts.dmarc.empty();
  for (const DmarcOutcome& outcome : facts.dmarc) {
    const bool none = outcome.result == DmarcResult::kNone;
    const bool fails = outcome.result == DmarcResult::kFail;
    if (fails && (worst == nullptr || worst->published < outcome.published)) worst = &outcome;
    if (none && !IsAligned(outcome)) unaligned_without_policy = true;
    all_aligned = all_aligned && none && IsAligned(outcome);
  }
  if (worst != nullptr) return AddFailedPolicy(worst->published, sum);
  if (unaligned_without_policy) return sum.Add("no_policy", -20);
  if (all_aligned) sum.Add("aligned", 20);
}

void AddAuthor(const Facts& facts, Sum& sum) {
  if (facts.dmarc.empty() && !facts.author.domain) sum.Add("no_author", -40);
  if (facts.dmarc.size() > 1) sum.Add("several_authors", -10);
  if (facts.author.display_name_holds_address) sum.Add("hidden_address", -20);
}

void AddSpf(const SpfFacts& spf, bool trusted_path, Sum& sum) {
  if (spf.mail_from.result == SpfResult::kPass) sum.Add("spf_pass", 5);
  if (trusted_path) return;
  if (spf.mail_from.result == SpfResult::kSoftfail) sum.Add("spf_softfail", -5);
  if (spf.mail_from.result == SpfResult::kPermError) sum.Add("spf_permerror", -5);
  if (spf.mail_from.result == SpfResult::kFail) sum.Add("spf_fail", -15);
  if (spf.helo.result == SpfResult::kFail) sum.Add("helo_fail", -10);
}

void AddSignatures(const Facts& facts, Sum& sum) {
  const bool any = std::ranges::any_of(
      facts.dkim, [](const auto& s) { return s.result == auth::DkimResult::kPass; });
  if (any) sum.Add("dkim_pass", 5);
}

void AddClient(const DmarcOptions& o, const Facts& facts, Sum& sum) {
  if (!ExemptionOf(o.exempt, facts.client).empty()) return;
  for (const ClientFault& fault : FindClientFaults(o.client, facts)) {
    sum.Add(std::string(fault.section), static_cast<long>(fault.rule.points));
  }
}

void AddListings(const BlockListRules& rules, const Facts& facts, Sum& sum) {
  if (rules.mode == RuleMode::kOff) return;
  long weight = 0;
  for (const Listing& listing : facts.listings) weight += listing.weight;
  sum.Add("block_lists", weight * static_cast<long>(rules.points_per_weight));
}

void AddReputation(const ReputationRules& rules, const ReputationFacts& facts, Sum& sum) {
  if (!rules.enabled || !facts.known) return;
  const double score =
      facts.domain * kDomainShare + facts.address * kAddressShare + facts.network * kNetworkShare;
  sum.Add("reputation",
          std::lround(std::clamp(score, -1.0, 1.0) * static_cast<double>(rules.points)));
}

}  // namespace

bool PassesDmarc(const Facts& facts) {
  return !facts.dmarc.empty() && std::ranges::all_of(facts.dmarc, [](const DmarcOutcome& outcome) {
    return outcome.result == DmarcResult::kPass;
  });
}

Trust Assess(const DmarcOptions& o, const Facts& facts) {
  Sum sum;
  const bool passes = PassesDmarc(facts);
  std::vector<Acquittal> paths;
  if (!passes) paths = FindAcquittals(o, facts);
  const bool trusted_path = AnyEnforced(paths);
  if (passes) {
    sum.Add("dmarc_pass", 40);
  } else if (!trusted_path) {
    AddDmarcShortfall(facts, sum);
  }
  AddAuthor(facts, sum);
  AddSpf(facts.spf, trusted_path, sum);
  AddSignatures(facts, sum);
  for (const Acquittal& path : paths) {
    if (path.mode == RuleMode::kEnforce) sum.Add(path.rule, 20);
  }
  AddClient(o, facts, sum);
  AddListings(o.block_lists, facts, sum);
  AddReputation(o.reputation, facts.reputation, sum);
  return sum.Take();
}

}  // namespace gatepost::dmarc
