#include "tests/support/scenario_pattern.h"

#include <algorithm>

#include "common/base/strings.h"

namespace gatepost::support {
namespace {

// Each run of white space as one space, none at the ends.
std::string Squeeze(std::string_view text) {
  std::string out;
  for (const char c : base::Trim(text)) {
    const bool space = base::IsMailSpace(c);
    if (!space || !out.ends_with(' ')) out.push_back(space ? ' ' : c);
  }
  return out;
}

// Greedy with one point of return: the last star.
bool GlobMatches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

base::Result<ScenarioPattern> ScenarioPattern::Parse(std::string_view text) {
  ScenarioPattern pattern;
  if (text.size() < 2 || text.front() != '/' || text.back() != '/') {
    pattern.glob_ = Squeeze(text);
    return pattern;
  }
  try {
    pattern.regex_ = std::regex(std::string(text.substr(1, text.size() - 2)));
  } catch (const std::regex_error& error) {
    return base::Fail(base::ErrorKind::kInvalid,
                      std::string("not a regular expression: ") + error.what());
  }
  return pattern;
}

bool ScenarioPattern::Matches(std::string_view text) const {
  if (regex_) return std::regex_search(text.begin(), text.end(), *regex_);
  return GlobMatches(glob_, Squeeze(text));
}

bool ScenarioPattern::MatchesAnyLine(std::string_view text) const {
  const auto lines = base::Split(text, '\n');
  return std::any_of(lines.begin(), lines.end(),
                     [this](std::string_view line) { return Matches(line); });
}

}  // namespace gatepost::support
