#include "milters/attachments/rules_policy.h"

#include <algorithm>
#include <map>
#include <utility>

#include "milters/attachments/name_text.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kMostMalware = 128;

template <class About>
bool AllHold(const std::vector<Condition>& conditions, const About& about) {
  return std::ranges::all_of(conditions, [&](const Condition& c) { return Holds(c, about); });
}

void AddEvidence(std::string&& word, std::string& evidence) {
  if (word.empty()) return;
  if (!evidence.empty()) evidence += ' ';
  evidence += word;
}

std::string EvidenceOf(const Rule& rule, const ItemView& view) {
  const Item& item = view.item();
  std::string evidence;
  if (item.type.name != ContentType().name) {
    AddEvidence("type=" + std::string(item.type.name), evidence);
  }
  for (const Condition& condition : rule.of_item) {
    AddEvidence(Evidence(condition, view), evidence);
  }
  if (item.properties.any()) AddEvidence("property=" + item.properties.Format(), evidence);
  if (!item.malware.empty()) {
    AddEvidence("malware=" + ShownName(item.malware, kMostMalware), evidence);
  }
  return evidence;
}

}  // namespace

RuleJudge::RuleJudge(const RuleSet& rules, const MessageFacts& facts,
                     const std::vector<std::string>& recipients)
    : rules_(rules), recipients_(recipients) {
  FindCandidates(facts);
  GroupRecipients();
}

void RuleJudge::FindCandidates(const MessageFacts& facts) {
  for (const Rule& rule : rules_.rules()) {
    if (rule.mode == Mode::kOff || !AllHold(rule.of_message, facts)) continue;
    candidates_.push_back({&rule, {}, rule.of_recipient.empty()});
  }
}

// Each rule that asks for recipients parts them once more; those that all of them see alike share a
// group.
void RuleJudge::GroupRecipients() {
  group_of_.assign(recipients_.size(), 0);
  for (Candidate& candidate : candidates_) {
    if (candidate.for_all) continue;
    std::map<std::pair<std::size_t, bool>, std::size_t> renamed;
    for (std::size_t i = 0; i < recipients_.size(); ++i) {
      const bool fits = AllHold(candidate.rule->of_recipient, std::string_view(recipients_[i]));
      group_of_[i] = renamed.try_emplace({group_of_[i], fits}, renamed.size()).first->second;
    }
    groups_ = std::max<std::size_t>(1, renamed.size());
  }
  for (Candidate& candidate : candidates_) {
    if (candidate.for_all) continue;
    candidate.groups.assign(groups_, false);
    for (std::size_t i = 0; i < recipients_.size(); ++i) {
      if (candidate.groups[group_of_[i]]) continue;
      candidate.groups[group_of_[i]] =
          AllHold(candidate.rule->of_recipient, std::string_view(recipients_[i]));
    }
  }
}

bool RuleJudge::Narrow(const Candidate& candidate, const Groups& undecided, Groups& fitting) const {
  fitting = undecided;
  if (candidate.for_all) return true;
  bool any = false;
  for (std::size_t i = 0; i < groups_; ++i) {
    fitting[i] = undecided[i] && candidate.groups[i];
    any = any || fitting[i];
  }
  return any;
}

void RuleJudge::Judge(const Item& item) {
  const ItemView view(item);
  Groups undecided(groups_, true);
  Groups fitting;
  for (const Candidate& candidate : candidates_) {
    if (!AllHold(candidate.rule->of_item, view)) continue;
    if (!Narrow(candidate, undecided, fitting)) continue;
    Note(*candidate.rule, view, fitting);
    if (candidate.rule->mode == Mode::kShadow) continue;
    for (std::size_t i = 0; i < groups_; ++i) undecided[i] = undecided[i] && !fitting[i];
    if (std::ranges::none_of(undecided, [](bool is) { return is; })) return;
  }
}

void RuleJudge::Note(const Rule& rule, const ItemView& view, const Groups& groups) {
  const bool enforced = rule.mode == Mode::kEnforce;
  if (rule.action == Action::kPass && !passed_.insert(&rule).second) return;
  if (enforced && rule.action > outcome_.action) {
    outcome_.action = rule.action;
    strictest_ = 0;
  }
  if (enforced && rule.action > Action::kTag && rule.hold_class == HoldClass::kDangerous) {
    outcome_.hold_class = HoldClass::kDangerous;
  }
  if (enforced && rule.action == Action::kReplace) NoteReplaced(rule, view.item());
  const bool strictest = enforced && rule.action == outcome_.action;
  const std::size_t at = strictest ? strictest_ : outcome_.hits.size();
  if (at == kMostHits) {
    ++outcome_.more_hits;
    return;
  }
  if (strictest) ++strictest_;
  Insert(MakeHit(rule, view, groups), at);
}

void RuleJudge::Insert(RuleHit&& hit, std::size_t at) {
  if (outcome_.hits.size() == kMostHits) {
    outcome_.hits.pop_back();
    ++outcome_.more_hits;
  }
  outcome_.hits.insert(outcome_.hits.begin() + static_cast<std::ptrdiff_t>(at), std::move(hit));
}

// What lies in one part comes in one piece.
void RuleJudge::NoteReplaced(const Rule& rule, const Item& item) {
  const std::size_t count = outcome_.replaced.size();
  if (count >= kMostReasons && outcome_.replaced[count - kMostReasons].part == item.part) return;
  if (count == kMostReplaced) {
    ++outcome_.more_replaced;
    return;
  }
  outcome_.replaced.push_back({.rule = rule.name,
                               .action = rule.action,
                               .hold_class = rule.hold_class,
                               .part = item.part,
                               .path = item.path,
                               .evidence = "",
                               .text = rule.text,
                               .recipients = {}});
}

RuleHit RuleJudge::MakeHit(const Rule& rule, const ItemView& view, const Groups& groups) const {
  const Item& item = view.item();
  RuleHit hit{.rule = rule.name,
              .action = rule.action,
              .shadow = rule.mode == Mode::kShadow,
              .hold_class = rule.hold_class,
              .part = item.part,
              .path = item.path,
              .evidence = EvidenceOf(rule, view),
              .text = rule.text,
              .recipients = {}};
  if (std::ranges::all_of(groups, [](bool is) { return is; })) return hit;
  for (std::size_t i = 0; i < recipients_.size(); ++i) {
    if (groups[group_of_[i]]) hit.recipients.push_back(recipients_[i]);
  }
  return hit;
}

}  // namespace gatepost::attachments
