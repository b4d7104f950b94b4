#include "common/limits/limit_set.h"

#include <algorithm>

#include "common/config/config_error.h"
#include "common/config/table_file.h"
#include "common/limits/limit_table.h"
#include "common/limits/recipient_cap.h"

namespace gatepost::limits {

std::shared_ptr<const LimitSet> LimitSet::Load(const std::vector<std::string>& lines,
                                               const std::string& table,
                                               const accounts::AccountNames& names) {
  auto set = std::make_shared<LimitSet>();
  std::string problems;
  if (lines.size() > kMostLimits) throw config::ConfigError("there are more than 100 limits");
  for (std::size_t i = 0; i < lines.size(); ++i) set->Add(lines[i], i + 1, problems);
  if (!problems.empty()) throw config::ConfigError(problems);
  if (!table.empty()) {
    set->table_ = LoadLimitTable(config::TableFile::Load(table), set->limits_, names);
  }
  set->Prepare();
  return set;
}

void LimitSet::Add(const std::string& line, std::size_t number, std::string& problems) {
  auto limit = Limit::Parse(line);
  std::string problem = limit ? FindConflict(*limit) : limit.error().message;
  if (problem.empty()) {
    limits_.push_back(*std::move(limit));
    return;
  }
  problems.append(problems.empty() ? "" : "\n");
  problems +=
      "limit " + std::to_string(number) + " (\"" + base::Printable(line, 80) + "\"): " + problem;
}

// One slot of a subject is charged once: two limits on it would count everything twice.
std::string LimitSet::FindConflict(const Limit& limit) const {
  for (const Limit& other : limits_) {
    if (other.by == limit.by && other.slot() == limit.slot()) {
      return "it counts what " + other.name +
             " counts; use the table of exceptions, or mode=shadow for one of them";
    }
  }
  if (limit.name == kRecipientsPerMessage) {
    return "the name " + limit.name + " is that of the cap limits.recipients_per_message";
  }
  if (Find(limit.name) != nullptr) return "the name " + limit.name + " stands twice";
  return "";
}

void LimitSet::Prepare() {
  for (std::uint32_t i = 0; i < limits_.size(); ++i) {
    slots_.push_back(limits_[i].slot());
    if (limits_[i].mode == Mode::kOff) continue;
    auto group = std::ranges::find(groups_, limits_[i].by, &Group::by);
    if (group == groups_.end()) group = groups_.insert(groups_.end(), {limits_[i].by, {}});
    group->limits.push_back(i);
  }
}

const Limit* LimitSet::Find(std::string_view name) const {
  const auto found = std::ranges::find(limits_, name, &Limit::name);
  return found == limits_.end() ? nullptr : &*found;
}

template <class Condition>
bool LimitSet::AnyActive(Condition condition) const {
  return std::ranges::any_of(
      limits_, [&](const Limit& limit) { return limit.mode != Mode::kOff && condition(limit); });
}

bool LimitSet::Counts(Counted counted) const {
  return AnyActive([&](const Limit& limit) { return limit.counted == counted; });
}

bool LimitSet::CountsBy(By by) const {
  return AnyActive(
      [&](const Limit& limit) { return std::ranges::find(limit.by, by) != limit.by.end(); });
}

bool LimitSet::needs_streams() const {
  return AnyActive([](const Limit& limit) { return !limit.stream.empty(); });
}

bool LimitSet::counts_new_by_stream() const {
  return AnyActive([](const Limit& limit) {
    return !limit.stream.empty() && limit.counted == Counted::kNewRecipients;
  });
}

bool LimitSet::needs_reputation() const {
  return AnyActive([](const Limit& limit) { return !limit.reputation.empty(); });
}

bool LimitSet::NeedsReputationOf(std::string_view stream) const {
  return AnyActive([&](const Limit& limit) {
    return limit.stream == stream && !limit.stream_reputation.empty();
  });
}

}  // namespace gatepost::limits
