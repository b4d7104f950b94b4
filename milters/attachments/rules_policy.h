// Which rule holds for a message: rules are asked in order about each item, for each recipient, and
// the first that fits decides about it (those in shadow mode are noted and passed by); of all that
// was decided the strictest is the message's. No I/O; one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/item.h"
#include "milters/attachments/rule.h"
#include "milters/attachments/rule_set.h"

namespace gatepost::attachments {

// What one rule said about one item.
struct RuleHit {
  std::string rule;
  Action action = Action::kPass;
  bool shadow = false;
  HoldClass hold_class = HoldClass::kPolicy;
  std::string part;                     // of the item
  std::string path;                     // of the item, for people; "" is the message itself
  std::string evidence;                 // "type=pe property=double-extension"
  std::string text;                     // the rule's own reply text; "" for the usual one
  std::vector<std::string> recipients;  // for whom; empty: for all
};

struct Outcome {
  Action action = Action::kPass;
  // The strictest that hold, the one that decides first, then what else was noted, in order;
  // bounded, `more_hits` counts what was left out.
  std::vector<RuleHit> hits;
  std::size_t more_hits = 0;
};

class RuleJudge {
 public:
  static constexpr std::size_t kMostHits = 50;

  // All that is referred to outlives it. `recipients` in lower case.
  RuleJudge(const RuleSet& rules, const MessageFacts& facts,
            const std::vector<std::string>& recipients);

  void Judge(const Item& item);
  const Outcome& outcome() const { return outcome_; }

 private:
  const RuleSet& rules_;
  const MessageFacts& facts_;
  const std::vector<std::string>& recipients_;
  Outcome outcome_;
};

}  // namespace gatepost::attachments
