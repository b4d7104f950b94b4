// All rules in order, parsed once at start and reload. Immutable; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/rule.h"

namespace gatepost::attachments {

// What the rules ask for: the handler finds out nothing else. Rules that are off ask for nothing.
struct Wanted {
  bool authentication = false;
  bool reputation = false;
  bool sha256 = false;    // by a condition, the list or outbreaks
  bool by_value = false;  // of these, by a condition that names hashes
  bool listed = false;    // of these, by the administrators' list: nothing while that is empty
  bool outbreak = false;  // of these, by outbreaks
  bool size = false;      // of the message
  bool replaces = false;  // an enforced rule may replace a part, so the body is kept
};

class RuleSet {
 public:
  static constexpr std::size_t kMostRules = 1'000;

  // The rules file's text; throws config::ConfigError, one line per complaint. `name` stands before
  // each. Rules that discard are complained of unless `may_discard`.
  static RuleSet Parse(std::string text, const std::string& name, bool may_discard = false);
  // The same from a file, of 1 MB at most.
  static RuleSet Load(const std::string& path, bool may_discard = false);
  // Those that hold where no file is configured; also the shipped sample.
  static std::string_view DefaultText();

  const std::vector<Rule>& rules() const { return rules_; }
  const Wanted& wanted() const { return wanted_; }

 private:
  std::vector<Rule> rules_;
  Wanted wanted_;
};

}  // namespace gatepost::attachments
