#include "common/auth/dmarc_walk.h"

#include <algorithm>
#include <string>
#include <utility>

namespace gatepost::auth {
namespace {

constexpr unsigned kMaxNames = 8;
constexpr std::size_t kMaxQuestions = kMaxNames + 1;  // and one for the existence of the start

std::string RecordName(const mail::Domain& domain) { return "_dmarc." + domain.ascii(); }

// The right-most labels of a domain that has at least as many.
mail::Domain LastLabels(mail::Domain domain, unsigned count) {
  for (unsigned labels = domain.label_count(); labels > count; --labels) domain = *domain.Parent();
  return domain;
}

// By the list: the domain itself, then its Organizational Domain.
std::vector<mail::Domain> ListedNames(const mail::Domain& start, const PublicSuffixList& list) {
  std::vector<mail::Domain> names{start};
  mail::Domain organizational = list.OrganizationalDomain(start);
  if (organizational != start) names.push_back(std::move(organizational));
  return names;
}

// The record of one name; nothing where there is none. One that is too long to be read stands for
// itself: it is the owner's record, and says nothing that we could apply.
std::optional<DmarcRecord> ReadRecord(const dns::Answer& answer) {
  base::Result<DmarcRecord> record = SelectDmarcRecord(answer.records);
  if (record) return std::move(*record);
  if (record.error().kind != base::ErrorKind::kLimit) return std::nullopt;
  DmarcRecord unreadable;
  unreadable.applicable = false;
  return unreadable;
}

// Section 4.10.2. `records` are those of a whole walk.
mail::Domain SelectOrganizationalDomain(const mail::Domain& start,
                                        const std::vector<FoundRecord>& records) {
  for (const auto& [domain, record] : records) {
    if (record.public_suffix == PublicSuffixFlag::kNo) return domain;
    if (record.public_suffix == PublicSuffixFlag::kYes && domain != start) {
      return LastLabels(start, domain.label_count() + 1);
    }
  }
  return records.empty() ? start : records.back().domain;
}

}  // namespace

std::string_view Name(DiscoveryMethod method) {
  return method == DiscoveryMethod::kTreeWalk ? "treewalk" : "psl";
}

std::vector<mail::Domain> DmarcWalk::Names(const mail::Domain& start) {
  std::vector<mail::Domain> names{start};
  std::optional<mail::Domain> next = start.Parent();
  if (start.label_count() > kMaxNames) next = LastLabels(start, kMaxNames - 1);
  for (; next; next = next->Parent()) names.push_back(*next);
  return names;
}

DmarcWalk::DmarcWalk(mail::Domain start, DiscoveryMethod method, const PublicSuffixList* list,
                     dns::Resolver& resolver)
    : Task(resolver, kMaxQuestions),
      start_(std::move(start)),
      method_(method),
      names_(method == DiscoveryMethod::kTreeWalk ? Names(start_) : ListedNames(start_, *list)) {
  for (const mail::Domain& name : names_) Prefetch(RecordName(name), dns::RecordType::kTxt);
}

void DmarcWalk::FindExistence() {
  wants_existence_ = true;
  if (!Advance() && !result_.start_exists) Prefetch(start_.ascii(), dns::RecordType::kA);
}

bool DmarcWalk::Evaluate() {
  result_ = {};
  if (method_ == DiscoveryMethod::kPublicSuffixList) {
    result_.organizational_domain = names_.back();
  }
  for (const mail::Domain& name : names_) {
    const dns::AnswerPtr answer = Find(RecordName(name), dns::RecordType::kTxt);
    if (!answer) return false;
    if (dns::IsTransient(answer->status)) {
      result_.temporary_error = true;
      return true;
    }
    if (Visit(name, *answer)) break;
  }
  if (method_ == DiscoveryMethod::kTreeWalk) {
    result_.organizational_domain = SelectOrganizationalDomain(start_, result_.records);
  }
  return SettleExistence();
}

// True where the walk ends with this name.
bool DmarcWalk::Visit(const mail::Domain& name, const dns::Answer& answer) {
  // A name below which there is something exists itself (RFC 8020).
  const bool exists = answer.status == dns::Status::kOk || answer.status == dns::Status::kNoData;
  if (exists && name == start_) result_.start_exists = true;
  std::optional<DmarcRecord> record = ReadRecord(answer);
  if (!record) return false;
  result_.records.push_back({name, std::move(*record)});
  return method_ == DiscoveryMethod::kPublicSuffixList ||
         result_.records.back().record.public_suffix != PublicSuffixFlag::kUnknown;
}

// False while the answer is under way.
bool DmarcWalk::SettleExistence() {
  const bool matters = std::ranges::any_of(result_.records, [](const FoundRecord& found) {
    return found.record.nonexistent_policy.has_value();
  });
  if (!wants_existence_ || result_.start_exists || !matters) return true;
  const dns::AnswerPtr answer = Find(start_.ascii(), dns::RecordType::kA);
  if (!answer) return false;
  if (!dns::IsTransient(answer->status)) {
    result_.start_exists = answer->status != dns::Status::kNxDomain;
  }
  return true;
}

}  // namespace gatepost::auth
