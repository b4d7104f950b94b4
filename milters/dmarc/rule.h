// A rule of this program: what it may do to a message, and what it did. Value types.
#pragma once

#include <string>
#include <vector>

#include "common/milter/verdict.h"

namespace gatepost::dmarc {

enum class RuleMode { kEnforce, kShadow, kOff };

// In the order of strength: of several enforced findings the strongest acts.
enum class Action { kPass, kTag, kHold, kDefer, kRefuse };

struct Rule {
  RuleMode mode = RuleMode::kEnforce;
  Action action = Action::kPass;
};

// What one rule found wrong with a message. A rule that finds nothing leaves no finding.
struct Finding {
  std::string rule;  // the option's section: "dmarc", "author", "client.ptr"
  RuleMode mode = RuleMode::kEnforce;
  Action action = Action::kPass;
  std::string evidence;  // for records and logs: why, in words or key=value
  milter::Reply reply;   // for kRefuse and kDefer, without the reference
};

}  // namespace gatepost::dmarc
