#include "common/auth/dmarc_evaluation.h"

#include <algorithm>
#include <span>
#include <utility>

namespace gatepost::auth {
namespace {

enum class Aligned { kNo, kYes, kUnknown };

std::string_view LastLabel(const mail::Domain& domain) {
  const std::string_view name = domain.ascii();
  return name.substr(name.rfind('.') + 1);  // npos + 1 is 0
}

const mail::Domain* OrganizationalDomainOf(const mail::Domain& identifier,
                                           const DmarcFacts& facts) {
  const auto found = facts.organizational_domains.find(identifier);
  return found == facts.organizational_domains.end() ? nullptr : &found->second;
}

// Section 4.10.2. An Organizational Domain is the end of every name that has it; so one side may
// rule alignment out where the other is not known.
Aligned RelaxedAlignment(const mail::Domain& identifier, const DmarcFacts& facts) {
  const mail::Domain* const theirs = OrganizationalDomainOf(identifier, facts);
  const std::optional<mail::Domain>& authors = facts.walk.organizational_domain;
  if (authors && theirs != nullptr) return *authors == *theirs ? Aligned::kYes : Aligned::kNo;
  if (authors) return identifier.IsWithin(*authors) ? Aligned::kUnknown : Aligned::kNo;
  if (theirs != nullptr) return facts.author.IsWithin(*theirs) ? Aligned::kUnknown : Aligned::kNo;
  return MayAlign(identifier, facts.author) ? Aligned::kUnknown : Aligned::kNo;
}

Aligned Align(const mail::Domain& identifier, Alignment mode, const DmarcFacts& facts) {
  if (identifier == facts.author) return Aligned::kYes;
  return mode == Alignment::kStrict ? Aligned::kNo : RelaxedAlignment(identifier, facts);
}

// What the identifiers of one mechanism come to.
struct Mechanism {
  bool passed = false;
  std::vector<std::string> aligned;
  bool might_align = false;  // something that is not known decides
};

Mechanism Judge(std::span<const mail::Domain> passed, std::span<const mail::Domain> undecided,
                Alignment mode, const DmarcFacts& facts) {
  Mechanism mechanism;
  mechanism.passed = !passed.empty();
  for (const mail::Domain& identifier : passed) {
    const Aligned aligned = Align(identifier, mode, facts);
    const bool is_new = std::ranges::count(mechanism.aligned, identifier.ascii()) == 0;
    if (aligned == Aligned::kYes && is_new) mechanism.aligned.push_back(identifier.ascii());
    if (aligned == Aligned::kUnknown) mechanism.might_align = true;
  }
  for (const mail::Domain& identifier : undecided) {
    if (Align(identifier, mode, facts) != Aligned::kNo) mechanism.might_align = true;
  }
  return mechanism;
}

std::span<const mail::Domain> AsSpan(const std::optional<mail::Domain>& domain) {
  if (!domain) return {};
  return {&*domain, 1};
}

struct Mechanisms {
  Mechanism spf;
  Mechanism dkim;
};

Mechanisms JudgeIdentifiers(const DmarcFacts& facts, const DmarcRecord& record) {
  const DmarcIdentifiers& ids = facts.identifiers;
  return {Judge(AsSpan(ids.spf), AsSpan(ids.undecided_spf), record.spf_alignment, facts),
          Judge(ids.dkim, ids.undecided_dkim, record.dkim_alignment, facts)};
}

// Section 4.10.1: the author's own record, else its Organizational Domain's, else its Public Suffix
// Domain's.
const FoundRecord* FindPolicy(const DmarcFacts& facts) {
  const std::vector<FoundRecord>& records = facts.walk.records;
  const auto at = [&](const mail::Domain& domain) {
    return std::ranges::find(records, domain, &FoundRecord::domain);
  };
  if (const auto own = at(facts.author); own != records.end()) return &*own;
  if (!facts.walk.organizational_domain) return nullptr;
  const auto above = at(*facts.walk.organizational_domain);
  if (above != records.end()) return &*above;
  const auto suffix =
      std::ranges::find(records, PublicSuffixFlag::kYes,
                        [](const FoundRecord& found) { return found.record.public_suffix; });
  return suffix == records.end() ? nullptr : &*suffix;
}

struct Choice {
  std::string_view tag;
  DmarcPolicy policy;
};

Choice ChoosePolicy(const DmarcRecord& record, bool is_own, bool exists) {
  if (is_own) return {"p", record.policy};
  if (!exists && record.nonexistent_policy) return {"np", *record.nonexistent_policy};
  if (record.subdomain_policy) return {"sp", *record.subdomain_policy};
  return {"p", record.policy};
}

// Whether the choice hangs on a question that had no answer.
bool ChoiceIsUnknown(const DmarcRecord& record, const DmarcFacts& facts, bool is_own) {
  return !facts.walk.start_exists &&
         ChoosePolicy(record, is_own, true).policy != ChoosePolicy(record, is_own, false).policy;
}

// Section 4.7, t=.
DmarcPolicy Disposition(DmarcPolicy published, bool testing) {
  if (!testing) return published;
  return published == DmarcPolicy::kReject ? DmarcPolicy::kQuarantine : DmarcPolicy::kNone;
}

std::string Describe(std::string_view name, const Mechanism& mechanism) {
  if (!mechanism.aligned.empty()) return std::string(name) + " aligned";
  return std::string(name) + (mechanism.passed ? " not aligned" : " did not pass");
}

std::string PassReason(const Mechanisms& mechanisms) {
  const bool both = !mechanisms.spf.aligned.empty() && !mechanisms.dkim.aligned.empty();
  if (both) return "spf and dkim aligned";
  return mechanisms.spf.aligned.empty() ? "dkim aligned" : "spf aligned";
}

void Set(DmarcOutcome& outcome, DmarcResult result, std::string reason) {
  outcome.result = result;
  outcome.reason = std::move(reason);
}

void NoteAlignment(const Mechanisms& mechanisms, DmarcOutcome& outcome) {
  outcome.spf_aligned = !mechanisms.spf.aligned.empty();
  outcome.aligned_dkim = mechanisms.dkim.aligned;
}

// No record is there to be applied.
void JudgeWithoutPolicy(const DmarcFacts& facts, const FoundRecord* unusable,
                        DmarcOutcome& outcome) {
  NoteAlignment(JudgeIdentifiers(facts, DmarcRecord{}), outcome);
  if (unusable != nullptr) {
    Set(outcome, DmarcResult::kPermError,
        "no usable policy in the record of " + unusable->domain.ascii());
  } else if (facts.walk.temporary_error) {
    Set(outcome, DmarcResult::kTempError, "DNS failed while the record was looked for");
  } else {
    Set(outcome, DmarcResult::kNone, "no record");
  }
}

void JudgeByPolicy(const DmarcFacts& facts, const FoundRecord& found, DmarcOutcome& outcome) {
  const DmarcRecord& record = found.record;
  const bool is_own = found.domain == facts.author;
  const Choice choice = ChoosePolicy(record, is_own, facts.walk.start_exists.value_or(true));
  outcome.policy_domain = found.domain;
  outcome.record = record;
  outcome.policy_tag = choice.tag;
  outcome.published = choice.policy;
  const Mechanisms mechanisms = JudgeIdentifiers(facts, record);
  NoteAlignment(mechanisms, outcome);
  if (outcome.spf_aligned || outcome.dkim_aligned()) {
    return Set(outcome, DmarcResult::kPass, PassReason(mechanisms));
  }
  if (mechanisms.spf.might_align || mechanisms.dkim.might_align) {
    return Set(outcome, DmarcResult::kTempError, "DNS failed for a domain that may be aligned");
  }
  if (ChoiceIsUnknown(record, facts, is_own)) {
    return Set(outcome, DmarcResult::kTempError,
               "DNS failed, whether the domain exists is unknown");
  }
  outcome.disposition = Disposition(choice.policy, record.testing);
  Set(outcome, DmarcResult::kFail,
      Describe("spf", mechanisms.spf) + ", " + Describe("dkim", mechanisms.dkim));
}

}  // namespace

std::string_view Name(DmarcResult result) {
  switch (result) {
    case DmarcResult::kNone:
      return "none";
    case DmarcResult::kPass:
      return "pass";
    case DmarcResult::kFail:
      return "fail";
    case DmarcResult::kTempError:
      return "temperror";
    case DmarcResult::kPermError:
      return "permerror";
  }
  return "none";
}

bool MayAlign(const mail::Domain& a, const mail::Domain& b) { return LastLabel(a) == LastLabel(b); }

DmarcOutcome EvaluateDmarc(const DmarcFacts& facts) {
  DmarcOutcome outcome{.author_domain = facts.author,
                       .method = facts.method,
                       .organizational_domain = facts.walk.organizational_domain};
  const FoundRecord* const found = FindPolicy(facts);
  if (found != nullptr && found->record.applicable) {
    JudgeByPolicy(facts, *found, outcome);
  } else {
    JudgeWithoutPolicy(facts, found, outcome);
  }
  return outcome;
}

}  // namespace gatepost::auth
