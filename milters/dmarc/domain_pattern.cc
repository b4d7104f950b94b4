#include "milters/dmarc/domain_pattern.h"

#include <algorithm>

namespace gatepost::dmarc {
namespace {
constexpr std::string_view kBelow = "*.";

std::string_view NameOf(std::string_view pattern) {
  return pattern.substr(pattern.starts_with(kBelow) ? kBelow.size() : 0);
}
}  // namespace

std::optional<std::string> CheckDomainPattern(std::string_view pattern) {
  if (mail::Domain::Parse(NameOf(pattern))) return std::nullopt;
  return "must be a domain name, or *.name for all names below it";
}

bool MatchesPattern(std::string_view pattern, const mail::Domain& domain) {
  const auto name = mail::Domain::Parse(NameOf(pattern));
  if (!name) return false;
  if (pattern.starts_with(kBelow)) return domain != *name && domain.IsWithin(*name);
  return domain == *name;
}

bool MatchesAny(const std::vector<std::string>& patterns, const mail::Domain& domain) {
  return std::ranges::any_of(
      patterns, [&](const std::string& pattern) { return MatchesPattern(pattern, domain); });
}

}  // namespace gatepost::dmarc
