#include "common/journal/record_fields.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace gatepost::journal {
namespace {

constexpr std::size_t kMaxValueBytes = 512;
constexpr std::size_t kMaxRules = 64;

class Writer {
 public:
  Writer(const Origin& origin, base::WallTime at) {
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch());
    Add("time", std::to_string(since.count()));
    Add("program", origin.program);
    Add("host", origin.host);
  }
  void Add(std::string name, std::string_view value) {
    if (!value.empty()) fields_.emplace_back(std::move(name), value.substr(0, kMaxValueBytes));
  }
  store::Fields Take() { return std::move(fields_); }

 private:
  store::Fields fields_;
};

void Cut(std::string& value) {
  if (value.size() <= kMaxValueBytes) return;
  value.resize(kMaxValueBytes);
  value.shrink_to_fit();
}

std::string WithoutTabs(std::string_view text) {
  std::string clean(text.substr(0, kMaxValueBytes));
  std::ranges::replace(clean, '\t', ' ');
  return clean;
}

std::string RuleText(const RuleOutcome& rule) {
  return WithoutTabs(rule.outcome) + (rule.shadow ? "\tshadow\t" : "\tenforce\t") +
         WithoutTabs(rule.evidence);
}

}  // namespace

void CutValues(DecisionRecord& record) {
  for (std::string* value :
       {&record.queue_id, &record.sasl_user, &record.client, &record.envelope_from, &record.verdict,
        &record.reply, &record.account}) {
    Cut(*value);
  }
  if (record.rules.size() > kMaxRules) record.rules.resize(kMaxRules);
  for (RuleOutcome& rule : record.rules) {
    Cut(rule.outcome);
    Cut(rule.evidence);
  }
}

void CutValues(Event& event) {
  Cut(event.kind);
  Cut(event.subject);
  Cut(event.text);
}

store::Fields RecordFields(const DecisionRecord& record, const Origin& origin, base::WallTime at) {
  Writer writer(origin, at);
  writer.Add("queue_id", record.queue_id);
  writer.Add("user", record.sasl_user);
  writer.Add("client", record.client);
  writer.Add("from", record.envelope_from);
  writer.Add("verdict", record.verdict);
  writer.Add("reply", record.reply);
  writer.Add("spent_us", std::to_string(record.spent.count()));
  const std::size_t rules = std::min(record.rules.size(), kMaxRules);
  for (std::size_t i = 0; i < rules; ++i) {
    writer.Add("rule." + record.rules[i].rule, RuleText(record.rules[i]));
  }
  return writer.Take();
}

store::Fields AccountFields(const DecisionRecord& record, const Origin& origin, base::WallTime at) {
  Writer writer(origin, at);
  writer.Add("queue_id", record.queue_id);
  writer.Add("client", record.client);
  writer.Add("from", record.envelope_from);
  writer.Add("verdict", record.verdict);
  if (record.recipients > 0) writer.Add("recipients", std::to_string(record.recipients));
  return writer.Take();
}

store::Fields EventFields(const Event& event, const Origin& origin, base::WallTime at) {
  Writer writer(origin, at);
  writer.Add("kind", event.kind);
  writer.Add("subject", event.subject);
  writer.Add("text", event.text);
  return writer.Take();
}

}  // namespace gatepost::journal
