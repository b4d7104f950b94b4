#include "tools/dmarc-report/report_policy.h"

#include <algorithm>
#include <optional>

#include "common/base/strings.h"
#include "common/submit/notice.h"

namespace gatepost::dmarc_report {
namespace {

using namespace std::chrono_literals;

base::WallTime EndOfDay(const ReportIdentity& identity) {
  return base::WallTime(std::chrono::seconds(identity.begin() + 86'400));
}

bool IsSameDomain(std::string_view a, std::string_view b) {
  const auto first = mail::Domain::Parse(a);
  const auto second = mail::Domain::Parse(b);
  return first && second && *first == *second;
}

// By domain, and by local part, whose case hardly anybody minds.
bool IsSameAddress(std::string_view a, std::string_view b) {
  const auto first = base::SplitOnce(a, '@');
  const auto second = base::SplitOnce(b, '@');
  return first && second && base::EqualsIgnoreCase(first->first, second->first) &&
         IsSameDomain(first->second, second->second);
}

}  // namespace

base::WallTime SendTime(const ReportIdentity& identity, const ScheduleOptions& schedule) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(schedule.spread).count();
  // The share of 2^32 as the share of the spread; both fit into 64 bits.
  const auto share = (static_cast<std::uint64_t>(seconds) * identity.Spread()) >> 32;
  return EndOfDay(identity) + schedule.delay + std::chrono::seconds(share);
}

bool IsTooOld(const ReportIdentity& identity, base::WallTime now, const ScheduleOptions& schedule) {
  return now >= EndOfDay(identity) + schedule.give_up;
}

std::chrono::seconds RetryAfter(std::int64_t failures) {
  constexpr std::chrono::seconds kFirst = 15min;
  constexpr std::chrono::seconds kLongest = 12h;
  return std::min(kFirst * (std::int64_t{1} << std::clamp<std::int64_t>(failures - 1, 0, 10)),
                  kLongest);
}

ExcludedDomains::ExcludedDomains(const ReportOptions& options) {
  std::vector<std::string> names = options.exclude.domains;
  names.push_back(options.reporter.domain);
  names.push_back(options.mail.from.substr(options.mail.from.find('@') + 1));
  for (const std::string& name : names) {
    if (auto domain = mail::Domain::Parse(name)) domains_.push_back(*std::move(domain));
  }
}

bool ExcludedDomains::Contains(const mail::Domain& domain) const {
  return std::ranges::any_of(
      domains_, [&](const mail::Domain& excluded) { return domain.IsWithin(excluded); });
}

bool IsExcluded(std::string_view address, const ExcludeOptions& exclude) {
  if (!submit::IsPlainAddress(address)) return true;
  const std::string_view domain = address.substr(address.find('@') + 1);
  return std::ranges::any_of(exclude.addresses, [&](std::string_view excluded) {
    return excluded.starts_with('@') ? IsSameDomain(domain, excluded.substr(1))
                                     : IsSameAddress(address, excluded);
  });
}

}  // namespace gatepost::dmarc_report
