#include "common/report/report_store.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "common/base/strings.h"
#include "common/report/row_text.h"
#include "common/store/keys.h"
#include "common/store/script.h"

namespace gatepost::report {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Fail;
using base::Result;
using store::Key;
using store::KeyMaker;

// So that no reply of the store, and no pause of its server, grows with the whole.
constexpr unsigned kParts = 16;
constexpr std::size_t kMaxAddressBytes = 320;

// The same on every host.
unsigned PartOf(std::string_view text) {
  std::uint32_t hash = 2'166'136'261U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return hash % kParts;
}

std::string Milliseconds(std::chrono::milliseconds time) { return std::to_string(time.count()); }

// The two answers of a script, each yes or no.
Result<std::pair<bool, bool>> Two(const Result<std::vector<std::int64_t>>& returned) {
  if (!returned) return tl::unexpected(returned.error());
  if (returned->size() != 2) {
    return Fail(ErrorKind::kInternal, "a script returned something else than two numbers");
  }
  return std::pair((*returned)[0] == 1, (*returned)[1] == 1);
}

Result<std::string> DomainName(std::string_view text) {
  return mail::Domain::Parse(text).map([](const mail::Domain& domain) { return domain.ascii(); });
}

std::string JoinAddresses(const std::vector<std::string>& addresses) {
  std::string joined;
  std::size_t count = 0;
  for (const auto& address : addresses) {
    if (address.empty() || Clean(address, kMaxAddressBytes) != address) continue;
    if (++count > kMaxAddresses) break;
    joined.append(joined.empty() ? "" : "\n").append(address);
  }
  return joined;
}

std::vector<std::string> SplitAddresses(std::string_view joined) {
  if (joined.empty()) return {};
  const auto parts = base::Split(joined, '\n');
  return {parts.begin(), parts.end()};
}

std::uint64_t ToCount(std::string_view text) {
  std::uint64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

void TakeTotals(const store::FieldMap& totals, DomainRows& rows) {
  if (const auto found = totals.find("addresses"); found != totals.end()) {
    rows.addresses = SplitAddresses(found->second);
  }
  if (const auto found = totals.find("left_out"); found != totals.end()) {
    rows.left_out = ToCount(found->second);
  }
}

void TakeRows(const store::FieldMap& part, DomainRows& rows) {
  for (const auto& [text, number] : part) {
    const std::uint64_t count = ToCount(number);
    auto row = DecodeRow(text);
    if (row && count > 0) {
      rows.rows.push_back({std::move(*row), count});
    } else {
      rows.left_out += count;
    }
  }
}

std::vector<Key> KeysOf(const std::string& domain, Day day) {
  std::vector<Key> keys{KeyMaker::Report(domain, day)};
  for (unsigned part = 0; part < kParts; ++part) {
    keys.push_back(KeyMaker::ReportRows(domain, day, part));
  }
  return keys;
}

}  // namespace

Day DayOf(base::WallTime time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

Result<bool> ReportStore::List(Day day, const mail::Domain& policy_domain, Deadline deadline) {
  const std::string& domain = policy_domain.ascii();
  const Key list = KeyMaker::ReportDomains(day, PartOf(domain));
  const std::array arguments{domain, std::to_string(kMaxDomainsPerDay / kParts),
                             Milliseconds(kKeep)};
  const auto listed = Two(store_.Run(store::scripts::kReportList, {&list, 1}, arguments, deadline));
  if (!listed) return tl::unexpected(listed.error());
  if (!listed->first) {
    return Fail(ErrorKind::kLimit, "too many domains to report to on one day");
  }
  return listed->second;
}

Result<bool> ReportStore::Count(Day day, const mail::Domain& policy_domain, const AggregateRow& row,
                                const std::vector<std::string>& addresses, Deadline deadline) {
  const std::string& domain = policy_domain.ascii();
  const std::array arguments{Encode(row), JoinAddresses(addresses),
                             std::to_string(kMaxRowsPerReport), std::to_string(kMaxBytesPerReport),
                             Milliseconds(kKeep)};
  const std::array keys{KeyMaker::Report(domain, day),
                        KeyMaker::ReportRows(domain, day, PartOf(arguments[0]))};
  return Two(store_.Run(store::scripts::kReportAdd, keys, arguments, deadline))
      .map([](const auto& counted) { return counted.second; });
}

Result<void> ReportStore::Add(Day day, const AggregateRow& row,
                              const std::vector<std::string>& addresses, Deadline deadline) {
  const auto domain = mail::Domain::Parse(row.policy.domain);
  if (!domain) return tl::unexpected(domain.error());
  const auto listed = List(day, *domain, deadline);
  if (!listed) return tl::unexpected(listed.error());
  return Count(day, *domain, row, addresses, deadline).map([](bool) {});
}

Result<std::vector<std::string>> ReportStore::Domains(Day day, Deadline deadline) {
  std::vector<std::string> domains;
  for (unsigned part = 0; part < kParts; ++part) {
    const auto list = store_.GetFields(KeyMaker::ReportDomains(day, part), deadline);
    if (!list) return tl::unexpected(list.error());
    for (const auto& [domain, mark] : *list) domains.push_back(domain);
  }
  return domains;
}

Result<DomainRows> ReportStore::Rows(Day day, const std::string& policy_domain, Deadline deadline) {
  const auto domain = DomainName(policy_domain);
  if (!domain) return tl::unexpected(domain.error());
  DomainRows rows;
  for (const Key& key : KeysOf(*domain, day)) {
    const auto fields = store_.GetFields(key, deadline);
    if (!fields) return tl::unexpected(fields.error());
    if (key == KeyMaker::Report(*domain, day)) {
      TakeTotals(*fields, rows);
    } else {
      TakeRows(*fields, rows);
    }
  }
  return rows;
}

Result<void> ReportStore::Forget(Day day, const std::string& policy_domain, Deadline deadline) {
  const auto domain = DomainName(policy_domain);
  if (!domain) return tl::unexpected(domain.error());
  const auto gone = store_.Run(store::scripts::kReportForget, KeysOf(*domain, day), {}, deadline);
  if (!gone) return tl::unexpected(gone.error());
  return store_.EraseField(KeyMaker::ReportDomains(day, PartOf(*domain)), *domain, deadline);
}

}  // namespace gatepost::report
