// What an `expect` line compares with: text in which * stands for anything, and a run of white
// space for any other run (so that folded headers can be written in one line); or, between
// slashes, a regular expression (ECMAScript) that must match somewhere. Values, any thread.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gatepost::support {

class ScenarioPattern {
 public:
  // kInvalid for a regular expression that is none.
  static base::Result<ScenarioPattern> Parse(std::string_view text);

  bool Matches(std::string_view text) const;

  // For log lines: some line matches.
  bool MatchesAnyLine(std::string_view text) const;

 private:
  std::string glob_;
  std::optional<std::regex> regex_;
};

}  // namespace gatepost::support
