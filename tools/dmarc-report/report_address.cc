#include "tools/dmarc-report/report_address.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "common/auth/dmarc_record.h"
#include "common/auth/dmarc_walk.h"
#include "common/dns/task.h"
#include "common/mail/tag_list.h"
#include "common/submit/notice.h"

namespace gatepost::dmarc_report {
namespace {

constexpr std::size_t kMaxNameBytes = 253;  // RFC 1035 section 2.3.4, as text
constexpr mail::TagList::Limits kLimits{.max_bytes = auth::kMaxDmarcRecordBytes, .max_tags = 100};

std::optional<mail::Domain> DomainOf(const std::string& address) {
  if (!submit::IsPlainAddress(address)) return std::nullopt;
  const auto domain = mail::Domain::Parse(address.substr(address.find('@') + 1));
  return domain ? std::optional(*domain) : std::nullopt;
}

// Step 6: tags as in a policy record, the first of which is v=DMARC1.
std::optional<mail::TagList> ParseConsent(const std::string& text) {
  auto tags = mail::TagList::Parse(text, kLimits);
  if (!tags || !(tags->at(0) == mail::TagList::Tag{"v", "DMARC1"})) return std::nullopt;
  return *std::move(tags);
}

// The addresses of a rua or ruf tag, read as those of a policy record are.
std::vector<std::string> ReadAddresses(std::string_view uris) {
  const auto record = auth::ParseDmarcRecord("v=DMARC1; p=none; rua=" + std::string(uris));
  return record ? record->aggregate_uris : std::vector<std::string>();
}

// Steps 7 to 9 for the records that were found.
Destination Judge(const std::vector<dns::Record>& records, const std::string& address,
                  const mail::Domain& host, std::string_view tag) {
  Destination result;
  for (const dns::Record& record : records) {
    const auto tags = ParseConsent(record.text);
    if (!tags) continue;
    result.consent = Consent::kGiven;
    if (const auto uris = tags->Find(tag); uris && result.addresses.empty()) {
      result.addresses = ReadAddresses(*uris);
    }
  }
  const auto elsewhere = [&](const std::string& other) { return DomainOf(other) != host; };
  // Neither the old nor the new address then (the last step's MUST NOT).
  if (std::ranges::any_of(result.addresses, elsewhere)) return {};
  if (result.addresses.empty() && result.consent == Consent::kGiven) result.addresses = {address};
  return result;
}

Destination Unknown() { return {Consent::kUnknown, {}}; }

}  // namespace

OrganizationFinder WalkTree(dns::Resolver& resolver) {
  return [&resolver](const mail::Domain& domain,
                     base::Deadline deadline) -> base::Result<mail::Domain> {
    auth::DmarcWalk walk(domain, auth::DiscoveryMethod::kTreeWalk, nullptr, resolver);
    dns::Task* const tasks[] = {&walk};
    dns::Finish(tasks, deadline);
    const auto& organization = walk.result().organizational_domain;
    if (organization) return *organization;
    return base::Fail(base::ErrorKind::kUnavailable, "DNS does not answer");
  };
}

base::Result<bool> DestinationCheck::BelongTogether(const mail::Domain& a, const mail::Domain& b,
                                                    base::Deadline deadline) const {
  if (a == b) return true;
  const auto first = find_(a, deadline);
  if (!first) return tl::unexpected(first.error());
  const auto second = find_(b, deadline);
  if (!second) return tl::unexpected(second.error());
  return *first == *second;
}

Destination DestinationCheck::Check(const mail::Domain& policy_domain, const std::string& address,
                                    base::Deadline deadline, std::string_view tag) const {
  const auto host = DomainOf(address);
  if (!host) return {};
  const auto together = BelongTogether(policy_domain, *host, deadline);
  if (!together) return Unknown();
  if (*together) return {Consent::kGiven, {address}};
  const std::string name = policy_domain.ascii() + "._report._dmarc." + host->ascii();
  if (name.size() > kMaxNameBytes) return {};
  const auto answer = resolver_.Ask(name, dns::RecordType::kTxt).Wait(deadline);
  if (dns::IsTransient(answer->status)) return Unknown();
  return Judge(answer->records, address, *host, tag);
}

}  // namespace gatepost::dmarc_report
