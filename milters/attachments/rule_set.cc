#include "milters/attachments/rule_set.h"

#include <optional>
#include <unordered_set>
#include <utility>

#include "common/config/table_file.h"

namespace gatepost::attachments {
namespace {

using Subject = Condition::Subject;

constexpr std::size_t kMostFileBytes = std::size_t{1} << 20;

void AddWanted(const Condition& condition, Wanted& wanted) {
  const bool outbreak = condition.properties.Has(Property::kOutbreak);
  const bool listed = condition.properties.Has(Property::kListed) ||
                      (condition.subject == Subject::kSha256 && condition.yes);
  if (condition.subject == Subject::kAuthentication) wanted.authentication = true;
  if (condition.subject == Subject::kReputation) wanted.reputation = true;
  if (condition.subject == Subject::kSha256 || listed || outbreak) wanted.sha256 = true;
  if (!condition.words.empty() && condition.subject == Subject::kSha256) wanted.by_value = true;
  if (listed) wanted.listed = true;
  if (outbreak) wanted.outbreak = true;
  if (condition.subject == Subject::kMessageSize) wanted.size = true;
}

void AddWanted(const Rule& rule, Wanted& wanted) {
  if (rule.mode == Mode::kOff) return;
  if (rule.mode == Mode::kEnforce && rule.action == Action::kReplace) wanted.replaces = true;
  for (const auto* const conditions : {&rule.of_message, &rule.of_recipient, &rule.of_item}) {
    for (const Condition& condition : *conditions) AddWanted(condition, wanted);
  }
}

class Reader {
 public:
  explicit Reader(bool may_discard) : may_discard_(may_discard) {}

  std::optional<std::string> Add(const config::TableRow& row) {
    auto rule = Rule::Parse(row.fields, may_discard_);
    if (!rule) return std::move(rule.error().message);
    if (rules_.size() == RuleSet::kMostRules) return "there are more than 1,000 rules";
    if (!names_.insert(rule->name).second) return "there is another rule " + rule->name;
    rules_.push_back(*std::move(rule));
    return std::nullopt;
  }

  std::vector<Rule> Take() { return std::move(rules_); }

 private:
  const bool may_discard_;
  std::vector<Rule> rules_;
  std::unordered_set<std::string> names_;
};

std::vector<Rule> ReadRules(const config::TableFile& file, bool may_discard) {
  Reader reader(may_discard);
  file.ForEachRow([&](const config::TableRow& row) { return reader.Add(row); });
  return reader.Take();
}

}  // namespace

RuleSet RuleSet::Parse(std::string text, const std::string& name, bool may_discard) {
  RuleSet set;
  set.rules_ = ReadRules(config::TableFile(std::move(text), name), may_discard);
  for (const Rule& rule : set.rules_) AddWanted(rule, set.wanted_);
  return set;
}

RuleSet RuleSet::Load(const std::string& path, bool may_discard) {
  const auto file = config::TableFile::Load(path, kMostFileBytes);
  return Parse(*file.text(), path, may_discard);
}

}  // namespace gatepost::attachments
