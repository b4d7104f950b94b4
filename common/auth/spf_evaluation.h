// check_host() of RFC 7208 section 4: one domain, one client. Used by SpfCheck, which runs it anew
// each time that answers came; everything that the answers settled is kept between the runs. One
// thread.
//
// An answer that is missing stops a run: waiting_ is set, and what functions return from then on
// counts for nothing. Before a stopped run ends it looks ahead: the questions of all terms whose
// turn may come are asked early, as far as the bound of questions leaves room beside those that the
// evaluation itself may still need. So what includes cost in time is their depth, not their number.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/spf.h"
#include "common/auth/spf_policy.h"
#include "common/dns/resolver.h"

namespace gatepost::auth {

// How an evaluation asks DNS: what dns::Task offers its heirs.
class SpfQuestions {
 public:
  virtual ~SpfQuestions() = default;
  // The answer, or null while it is under way.
  virtual dns::AnswerPtr Find(std::string_view name, dns::RecordType type) = 0;
  virtual void Prefetch(std::string_view name, dns::RecordType type) = 0;
  virtual std::size_t Asked() const = 0;
};

class SpfEvaluation {
 public:
  // `domain` is a name of two labels or more, in A-labels; all arguments outlive the evaluation.
  SpfEvaluation(const SpfRequest& request, std::string domain, const SpfLimits& limits,
                SpfQuestions& questions);
  // The outcome, or nothing while an answer is missing.
  std::optional<SpfOutcome> Run();

 private:
  struct Verdict {
    SpfResult result = SpfResult::kNone;
    std::string reason;
    std::string mechanism;
    SpfPolicy* policy = nullptr;  // whose explanation counts
  };
  // A verdict that settles the record, or nothing: then the next term has its turn.
  using Step = std::optional<Verdict>;

  // spf_evaluation.cc: records and their terms.
  SpfPolicy* FindPolicy(const std::string& domain);
  Verdict CheckHost(const std::string& domain);
  Verdict Decide(SpfPolicy& policy, const SpfTerm* term) const;
  Step Evaluate(SpfPolicy& policy, SpfLookup& lookup);
  Step Include(SpfPolicy& policy, const SpfLookup& lookup);
  Verdict Redirect(SpfPolicy& policy, const SpfLookup& lookup);
  Verdict CheckTarget(SpfPolicy& policy, const SpfLookup& lookup);
  Step Match(SpfPolicy& policy, SpfLookup& lookup);
  bool FindName(const SpfPolicy& policy, SpfLookup& lookup);
  std::optional<std::string> Expand(const SpfPolicy& policy, const SpfMacroString& macro,
                                    SpfMacroUse use);
  std::string Explain(const SpfPolicy& policy);

  // spf_mechanisms.cc: what a mechanism's look-ups bring. Nothing while an answer is missing.
  std::optional<SpfMatch> MatchMechanism(SpfLookup& lookup);
  std::optional<SpfMatch> MatchAddresses(SpfLookup& lookup);
  std::optional<SpfMatch> MatchMx(SpfLookup& lookup);
  std::optional<SpfMatch> MatchPtr(SpfLookup& lookup);
  std::optional<SpfMatch> MatchHosts(SpfLookup& lookup, const SpfFacts& facts);
  std::vector<std::string> ClientNames(const dns::Answer& pointers) const;
  std::optional<std::string> ValidatedName(const std::string& domain);
  bool HasClient(const dns::Answer& addresses) const;
  dns::RecordType AddressType() const;
  dns::AnswerPtr Find(std::string_view name, dns::RecordType type);
  void PrefetchAddresses(const std::vector<std::string>& hosts);

  // spf_look_ahead.cc: questions before their turn.
  void LookAhead();
  void LookAhead(SpfPolicy& policy, unsigned terms);
  void LookAheadBehind(SpfLookup& lookup, unsigned terms);
  bool HasRoom() const;
  void AskEarly(const SpfPolicy& policy, SpfLookup& lookup);
  void AskHostsEarly(SpfLookup& lookup);
  void AskEarly(std::string_view name, dns::RecordType type);
  dns::RecordType FirstType(SpfTermKind kind) const;

  const SpfRequest& request_;
  const std::string domain_;
  const SpfLimits& limits_;
  SpfQuestions& questions_;
  std::map<std::string, SpfPolicy> policies_;  // by domain, in lower case; they never move
  std::size_t early_ = 0;                      // questions asked before their turn
  unsigned run_ = 0;

  // Of this run.
  bool waiting_ = false;
  unsigned terms_ = 0;
  unsigned void_lookups_ = 0;
};

// The MX hosts that can be asked for, the best first: DNS gives them in any order.
std::vector<std::string> SpfMxHosts(const dns::Answer& answer);

// Where the client's names stand: below in-addr.arpa or ip6.arpa.
std::string SpfReverseName(const base::IpAddress& client);

// Whether DNS can carry the name: labels of 1 to 63 bytes, 253 in all, printable ASCII.
bool IsDnsName(std::string_view name);
// Whether check_host() may be asked of it; malformed names and single labels give none (section
// 4.3).
bool IsSpfDomain(std::string_view name);

}  // namespace gatepost::auth
