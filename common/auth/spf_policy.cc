#include "common/auth/spf_policy.h"

#include <utility>

#include "common/base/strings.h"

namespace gatepost::auth {
namespace {

void Fail(SpfPolicy& policy, SpfResult result, std::string reason) {
  policy.failure = result;
  policy.reason = base::Printable(policy.domain, 100) + ": " + std::move(reason);
}

// The one record among the TXT records, or nullptr and a failure (section 4.5).
const std::string* SelectRecord(const dns::Answer& answer, SpfPolicy& policy) {
  const std::string* selected = nullptr;
  for (const dns::Record& record : answer.records) {
    if (!SpfRecord::IsSpf(record.text)) continue;
    if (selected != nullptr) {
      Fail(policy, SpfResult::kPermError, "several SPF records");
      return nullptr;
    }
    selected = &record.text;
  }
  if (selected == nullptr) Fail(policy, SpfResult::kNone, "no SPF record");
  return selected;
}

void AddLookup(const SpfTerm& term, SpfPolicy& policy) {
  policy.lookups.emplace_back();
  policy.lookups.back().term = &term;
}

// The terms that ask DNS and may have their turn.
void FindReachable(const base::IpAddress& client, SpfPolicy& policy) {
  policy.decided_by = FirstMatchWithLibspf2(policy.record.mechanisms, client);
  for (const SpfTerm& term : policy.record.mechanisms) {
    if (&term == policy.decided_by) return;
    if (term.AsksDns()) AddLookup(term, policy);
  }
  if (policy.record.redirect) AddLookup(*policy.record.redirect, policy);
}

void Read(const dns::Answer& answer, const base::IpAddress& client, std::size_t max_record_bytes,
          SpfPolicy& policy) {
  if (dns::IsTransient(answer.status)) {
    return Fail(policy, SpfResult::kTempError, "DNS look-up failed");
  }
  const std::string* const text = SelectRecord(answer, policy);
  if (text == nullptr) return;
  if (text->size() > max_record_bytes) {
    return Fail(policy, SpfResult::kPermError, "SPF record too long");
  }
  policy.published = *text;
  auto record = SpfRecord::Parse(*text);
  if (!record) return Fail(policy, SpfResult::kPermError, record.error().message);
  policy.record = std::move(*record);
  FindReachable(client, policy);
}

}  // namespace

SpfPolicy::SpfPolicy(std::string name, const dns::Answer& answer, const base::IpAddress& client,
                     std::size_t max_record_bytes)
    : domain(std::move(name)) {
  Read(answer, client, max_record_bytes, *this);
}

}  // namespace gatepost::auth
