#include "milters/dkim/key_table.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "common/base/strings.h"
#include "common/config/config_error.h"
#include "milters/dkim/key_row.h"

namespace gatepost::dkim {
namespace {

// Offsets into the text are 32 bits wide.
constexpr std::size_t kMaxTextBytes = std::numeric_limits<std::uint32_t>::max() / 2;

}  // namespace

std::string_view KeyTable::PatternOf(const Row& row) const {
  return std::string_view(text_).substr(row.offset, row.pattern_length);
}

std::string_view KeyTable::ColumnsOf(const Row& row) const {
  const std::size_t start = row.offset + row.pattern_length + 1;  // and the blank
  return std::string_view(text_).substr(start, text_.find('\n', start) - start);
}

KeyTable KeyTable::Load(const config::TableFile& file) {
  KeyTable table;
  table.text_.reserve(file.text()->size() + 1);
  file.ForEachRow([&](const config::TableRow& row) { return table.AddRow(row.fields); });
  const std::string problems = table.SortAndFindConflicts(file.name());
  if (!problems.empty()) throw config::ConfigError(problems);
  return table;
}

std::optional<std::string> KeyTable::AddRow(std::span<const std::string_view> fields) {
  const auto pattern = NormalizePattern(fields.front());
  if (!pattern) return pattern.error().message;
  const auto columns = fields.subspan(1);
  if (const auto row = ParseKeyRow(columns); !row) return row.error().message;
  if (text_.size() > kMaxTextBytes) return "the table is too large";
  rows_.push_back(
      {static_cast<std::uint32_t>(text_.size()), static_cast<std::uint16_t>(pattern->size())});
  text_ += *pattern;
  for (const std::string_view column : columns) text_.append(" ").append(column);
  text_ += '\n';
  return std::nullopt;
}

// One line for each pattern that has too many keys of a stream, or a selector twice in one.
std::string KeyTable::SortAndFindConflicts(const std::string& name) {
  rows_.shrink_to_fit();
  const auto pattern = [this](const Row& row) { return PatternOf(row); };
  std::ranges::stable_sort(rows_, {}, pattern);
  std::string problems;
  for (auto first = rows_.begin(); first != rows_.end();) {
    const auto last = std::ranges::upper_bound(first, rows_.end(), PatternOf(*first), {}, pattern);
    std::map<std::string, std::set<std::string>> selectors;  // by stream
    for (auto row = first; row != last && problems.size() < 4096; ++row) {
      const KeyRow key = *ParseKeyRow(base::Split(ColumnsOf(*row), ' '));
      auto& others = selectors[key.stream];
      const bool twice = !others.insert(key.selector).second;
      if (!twice && others.size() != kMaxKeysPerDomain + 1) continue;
      problems.append(problems.empty() ? "" : "\n").append(name).append(": ");
      problems += PatternOf(*first);
      problems += twice ? " has " + key.selector + " twice"
                        : " has more than " + std::to_string(kMaxKeysPerDomain) + " keys";
      if (!key.stream.empty()) problems += " for the stream " + key.stream;
    }
    first = last;
  }
  return problems;
}

KeyRow KeyTable::Expand(const Row& row, std::string_view domain) const {
  KeyRow key = *ParseKeyRow(base::Split(ColumnsOf(row), ' '));  // Parse let only good rows in
  if (key.signing_domain.empty()) {
    const std::string_view pattern = PatternOf(row);
    key.signing_domain =
        pattern == "*" ? domain : pattern.substr(pattern.starts_with("*.") ? 2 : 0);
  }
  return key;
}

std::vector<KeyRow> KeyTable::FindPattern(std::string_view pattern, std::string_view domain,
                                          std::string_view stream) const {
  const auto pattern_of = [this](const Row& row) { return PatternOf(row); };
  // Not std::ranges::equal_range, whose subrange clang 14 cannot compile.
  const auto first = std::ranges::lower_bound(rows_, pattern, {}, pattern_of);
  const auto last = std::ranges::upper_bound(rows_, pattern, {}, pattern_of);
  std::vector<KeyRow> found;
  std::vector<KeyRow> of_stream;
  for (auto row = first; row != last; ++row) {
    KeyRow key = Expand(*row, domain);
    if (key.stream.empty()) {
      found.push_back(std::move(key));
    } else if (key.stream == stream) {
      of_stream.push_back(std::move(key));
    }
  }
  return of_stream.empty() ? found : of_stream;
}

std::vector<KeyRow> KeyTable::Find(const mail::Domain& domain, std::string_view stream) const {
  const std::string& name = domain.ascii();
  std::vector<KeyRow> found = FindPattern(name, name, stream);
  for (std::size_t dot = name.find('.'); found.empty() && dot != std::string::npos;
       dot = name.find('.', dot + 1)) {
    found = FindPattern("*" + name.substr(dot), name, stream);
  }
  if (found.empty()) found = FindPattern("*", name, stream);
  return found;
}

std::vector<KeyRow> KeyTable::All() const {
  std::vector<KeyRow> all;
  all.reserve(rows_.size());
  for (const Row& row : rows_) all.push_back(Expand(row, ""));
  return all;
}

}  // namespace gatepost::dkim
