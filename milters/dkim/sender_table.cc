#include "milters/dkim/sender_table.h"

#include <algorithm>

#include "milters/dkim/key_row.h"

namespace gatepost::dkim {
namespace {

bool Matches(std::string_view pattern, const mail::Domain& domain) {
  if (pattern == "*") return true;
  if (!pattern.starts_with("*.")) return domain.ascii() == pattern;
  return domain.ascii().ends_with(pattern.substr(1));
}

}  // namespace

SenderTable SenderTable::Load(const config::TableFile& file) {
  SenderTable table;
  file.ForEachRow([&](const config::TableRow& row) { return table.AddRow(row.fields); });
  return table;
}

std::optional<std::string> SenderTable::AddRow(std::span<const std::string_view> fields) {
  if (fields.size() < 2) return "a row is: user domain [domain ...]";
  auto& patterns = patterns_by_user_[base::ToLower(fields.front())];
  for (const std::string_view field : fields.subspan(1)) {
    auto pattern = NormalizePattern(field);
    if (!pattern) return pattern.error().message;
    patterns.push_back(*std::move(pattern));
  }
  return std::nullopt;
}

bool SenderTable::MaySignFor(std::string_view user, const mail::Domain& domain) const {
  const auto found = patterns_by_user_.find(base::ToLower(user));
  return found != patterns_by_user_.end() &&
         std::ranges::any_of(found->second,
                             [&](const std::string& pattern) { return Matches(pattern, domain); });
}

}  // namespace gatepost::dkim
