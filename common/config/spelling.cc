#include "common/config/spelling.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/base/strings.h"

namespace gatepost::config {
namespace {

constexpr std::size_t kLongest = 64;  // no key is longer; the work stays bounded

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. Three
// rows of the usual matrix suffice.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kLongest + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& above_that = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substituted});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], above_that[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

// How far `written` is from `candidate`; both short and in lower case. An abbreviation is near.
std::size_t Distance(std::string_view written, std::string_view candidate) {
  constexpr std::size_t kShortestAbbreviation = 3;
  const bool abbreviated =
      written.size() >= kShortestAbbreviation && candidate.substr(0, written.size()) == written;
  return abbreviated ? std::size_t{candidate != written} : EditDistance(written, candidate);
}

}  // namespace

std::optional<std::string> Closest(std::string_view written,
                                   const std::vector<std::string>& candidates) {
  if (written.size() > kLongest) return std::nullopt;
  const std::string lower = base::ToLower(written);
  std::optional<std::string> closest;
  std::size_t least = std::max<std::size_t>(1, written.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const std::size_t distance = Distance(lower, base::ToLower(candidate));
    // "ab" is not a misspelled "x": something must be left of what was written.
    if (distance >= least || distance >= candidate.size()) continue;
    least = distance;
    closest = candidate;
  }
  return closest;
}

}  // namespace gatepost::config
