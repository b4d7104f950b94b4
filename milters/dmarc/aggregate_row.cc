#include "milters/dmarc/aggregate_row.h"

#include <algorithm>
#include <string_view>

#include "common/base/strings.h"
#include "milters/dmarc/domain_pattern.h"

namespace gatepost::dmarc {
namespace {

using auth::DmarcPolicy;
using auth::DmarcResult;

constexpr std::size_t kMaxSignatures = 20;
constexpr std::size_t kMaxTextBytes = 200;

std::string Bounded(std::string_view foreign) { return base::Printable(foreign, kMaxTextBytes); }

std::string NameOf(std::optional<DmarcPolicy> policy) {
  return policy ? std::string(auth::Name(*policy)) : "";
}

const char* LetterOf(auth::Alignment alignment) {
  return alignment == auth::Alignment::kStrict ? "s" : "r";
}

// "01ds" as the record has it: "0:1:d:s".
std::string WithColons(std::string_view failure_options) {
  std::string text;
  for (char option : failure_options) text += (text.empty() ? "" : ":") + std::string(1, option);
  return text;
}

report::PolicyPublished ToPublished(const auth::DmarcOutcome& outcome) {
  report::PolicyPublished published;
  published.domain = outcome.policy_domain.value_or(outcome.author_domain).ascii();
  published.discovery_method = auth::Name(outcome.method);
  if (!outcome.record) return published;
  const auth::DmarcRecord& record = *outcome.record;
  published.policy = auth::Name(record.policy);
  published.subdomain_policy = NameOf(record.subdomain_policy);
  published.nonexistent_policy = NameOf(record.nonexistent_policy);
  published.dkim_alignment = LetterOf(record.dkim_alignment);
  published.spf_alignment = LetterOf(record.spf_alignment);
  published.testing = record.testing ? "y" : "n";
  published.failure_options = WithColons(record.failure_options);
  return published;
}

// "pass" is a pass under a policy that would have acted; under p=none nothing is "none".
std::string DispositionOf(const auth::DmarcOutcome& outcome, const Decision& decision) {
  if (outcome.result != DmarcResult::kPass) return std::string(auth::Name(decision.applied));
  return outcome.published == DmarcPolicy::kNone ? "none" : "pass";
}

std::string DomainOfPath(std::string_view path) {
  const std::size_t at = path.rfind('@');
  if (at == std::string_view::npos) return "";
  const auto domain = mail::Domain::Parse(path.substr(at + 1));
  return domain ? domain->ascii() : "";
}

// The domain that all recipients share.
std::string EnvelopeTo(const std::vector<std::string>& recipients) {
  std::string shared;
  for (const std::string& recipient : recipients) {
    const std::string domain = DomainOfPath(recipient);
    if (domain.empty() || (!shared.empty() && domain != shared)) return "";
    shared = domain;
  }
  return shared;
}

// The schema asks for domain and selector; a signature without them cannot be told of.
std::vector<report::DkimRow> ToDkimRows(const std::vector<auth::DkimSignatureResult>& dkim) {
  std::vector<report::DkimRow> rows;
  for (const auth::DkimSignatureResult& signature : dkim) {
    const auto domain = mail::Domain::Parse(signature.domain);
    if (!domain || signature.selector.empty() || rows.size() == kMaxSignatures) continue;
    rows.push_back({domain->ascii(), Bounded(signature.selector),
                    std::string(auth::Name(signature.result)), Bounded(signature.reason)});
  }
  std::ranges::sort(rows);
  return rows;
}

// One at most, of MAIL FROM: the schema knows no other scope.
std::vector<report::SpfRow> ToSpfRows(const SpfFacts& spf) {
  const auto domain = mail::Domain::Parse(spf.mail_from_domain);
  if (!domain) return {};
  return {{domain->ascii(), "mfrom", std::string(auth::Name(spf.mail_from.result))}};
}

bool IsExcluded(const std::vector<std::string>& excluded, std::string_view recipient) {
  return std::ranges::any_of(excluded, [&](std::string_view entry) {
    if (!entry.starts_with('@')) return base::EqualsIgnoreCase(entry, recipient);
    return recipient.size() > entry.size() &&
           base::EqualsIgnoreCase(entry, recipient.substr(recipient.size() - entry.size()));
  });
}

// Mail that nobody but our readers of reports gets.
bool IsForExcludedAlone(const ReportRules& rules, const ClientFacts& client) {
  return !client.recipients.empty() && !client.more_recipients &&
         std::ranges::all_of(client.recipients, [&](const std::string& recipient) {
           return IsExcluded(rules.exclude_recipients, recipient);
         });
}

}  // namespace

bool IsReported(const ReportRules& rules, const Facts& facts) {
  if (!rules.collect || facts.dmarc.size() != 1) return false;
  if (IsForExcludedAlone(rules, facts.client)) return false;
  const auth::DmarcOutcome& outcome = facts.dmarc.front();
  if (!outcome.record || !outcome.policy_domain) return false;
  if (facts.client.address.family() == base::IpAddress::Family::kNone) return false;
  const bool known = outcome.result == DmarcResult::kPass || outcome.result == DmarcResult::kFail;
  return known && !outcome.record->aggregate_uris.empty() &&
         !MatchesAny(rules.exclude, *outcome.policy_domain);
}

report::AggregateRow ToAggregateRow(const Facts& facts, const Decision& decision) {
  const auth::DmarcOutcome& outcome = facts.dmarc.front();
  report::AggregateRow row;
  row.source_ip = facts.client.address.Format();
  row.disposition = DispositionOf(outcome, decision);
  row.dkim_aligned = outcome.dkim_aligned();
  row.spf_aligned = outcome.spf_aligned;
  if (outcome.result == DmarcResult::kFail) {
    for (const Override& reason : decision.overrides) {
      row.reasons.push_back({reason.type, Bounded(reason.comment)});
    }
  }
  row.header_from = outcome.author_domain.ascii();
  row.envelope_from = DomainOfPath(facts.client.reverse_path);
  if (!facts.client.more_recipients) row.envelope_to = EnvelopeTo(facts.client.recipients);
  row.dkim = ToDkimRows(facts.dkim);
  row.spf = ToSpfRows(facts.spf);
  row.policy = ToPublished(outcome);
  return row;
}

}  // namespace gatepost::dmarc
