// Domains as options name them: "example.org" is that name alone, "*.example.org" all names below
// it. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/domain.h"

namespace gatepost::dmarc {

// What is wrong with the pattern, for config::OptionTable; nothing where it is good.
std::optional<std::string> CheckDomainPattern(std::string_view pattern);

bool MatchesPattern(std::string_view pattern, const mail::Domain& domain);
bool MatchesAny(const std::vector<std::string>& patterns, const mail::Domain& domain);

}  // namespace gatepost::dmarc
