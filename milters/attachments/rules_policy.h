// Which rule holds for a message: rules are asked in order about each item, for each recipient, and
// the first that fits decides about it (those in shadow mode are noted and passed by); of all that
// was decided the strictest is the message's. No I/O; one thread at a time.
#pragma once

#include <cstddef>
#include <set>
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
  // Those enforced whose action is the message's, the first of them first, then what else was
  // noted, in order; of a rule that lets pass the first alone. Bounded: `more_hits` counts what was
  // left out.
  std::vector<RuleHit> hits;
  std::size_t more_hits = 0;
  // All that enforced rules replace, whether it stands in `hits` or not, without evidence and
  // recipients; of one part the first reasons. Bounded: `more_replaced` counts what was left out,
  // and still has to go.
  std::vector<RuleHit> replaced;
  std::size_t more_replaced = 0;
  // kDangerous where it is for any enforced rule that does more than tag.
  HoldClass hold_class = HoldClass::kPolicy;
};

class RuleJudge {
 public:
  static constexpr std::size_t kMostHits = 50;
  static constexpr std::size_t kMostReplaced = 2'000;
  static constexpr std::size_t kMostReasons = 20;  // for one part to go

  // All that is referred to outlives it. `recipients` in lower case.
  RuleJudge(const RuleSet& rules, const MessageFacts& facts,
            const std::vector<std::string>& recipients);

  // An item that a rule lets pass lets nothing pass that lies within it.
  void Judge(const Item& item);
  const Outcome& outcome() const { return outcome_; }

 private:
  // Recipients that no rule tells apart are one group; most messages have one.
  using Groups = std::vector<bool>;
  // A rule that may hold for this message.
  struct Candidate {
    const Rule* rule;
    Groups groups;  // that it is for
    bool for_all = true;
  };

  void FindCandidates(const MessageFacts& facts);
  void GroupRecipients();
  // Those of `undecided` that the candidate is for; false where there are none.
  bool Narrow(const Candidate& candidate, const Groups& undecided, Groups& fitting) const;
  void Note(const Rule& rule, const ItemView& view, const Groups& groups);
  RuleHit MakeHit(const Rule& rule, const ItemView& view, const Groups& groups) const;
  void Insert(RuleHit&& hit, std::size_t at);
  void NoteReplaced(const Rule& rule, const Item& item);

  const RuleSet& rules_;
  const std::vector<std::string>& recipients_;
  std::vector<Candidate> candidates_;
  std::vector<std::size_t> group_of_;  // of each recipient
  std::size_t groups_ = 1;
  std::size_t strictest_ = 0;  // so many hits at the front have the message's action
  std::set<const Rule*> passed_;
  Outcome outcome_;
};

}  // namespace gatepost::attachments
