// All rules in order, parsed once at start and reload. Immutable; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/rule.h"

namespace gatepost::attachments {

// What the rules ask for: the handler finds out nothing else.
struct Wanted {
  bool authentication = false;
  bool reputation = false;
  bool sha256 = false;  // by a condition, the list or outbreaks
  bool outbreak = false;
  bool replaces = false;  // an enforced rule may replace a part, so the body is kept
};

class RuleSet {
 public:
  // The rules file's text; throws config::ConfigError, one line per complaint. `name` stands before
  // each.
  static RuleSet Parse(std::string text, const std::string& name);
  // Those that hold where no file is configured; also the shipped sample.
  static std::string_view DefaultText();

  const std::vector<Rule>& rules() const;
  const Wanted& wanted() const;
};

}  // namespace gatepost::attachments
