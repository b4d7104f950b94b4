// A rules file: rules or complaints of bounded size, and whatever was read can judge.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/config/config_error.h"
#include "milters/attachments/rules_policy.h"

namespace {

using namespace gatepost::attachments;

void Check(bool holds) {
  if (!holds) std::abort();
}

Item Sample() {
  Item item;
  item.part = "1.2";
  item.path = "a.zip/Invoice.pdf.exe";
  item.names = {"Invoice.pdf.exe", "invoice\xE2\x80\xAE.exe"};
  item.declared_types = {"application/pdf"};
  item.type = {"pe", Kind::kExecutable};
  item.bytes = 4'096;
  item.properties = {Property::kDoubleExtension, Property::kListed, Property::kMalware};
  item.malware = "Eicar";
  item.sha256 = std::string(64, 'a');
  return item;
}

void CheckRule(const Rule& rule) {
  Check(!rule.name.empty() && rule.name.size() <= Rule::kMostNameBytes);
  Check(rule.text.size() <= Rule::kMostTextBytes && rule.text.find('%') == rule.text.npos);
  for (const Condition& condition : rule.of_item) Check(condition.IsOfItem());
  for (const Condition& condition : rule.of_message) Check(condition.IsOfMessage());
  Check(rule.action != Action::kDiscard);
}

void CheckJudgement(const RuleSet& rules) {
  const std::vector<std::string> recipients{"eva@example.org", "al@example.com"};
  RuleJudge judge(rules, {}, recipients);
  judge.Judge(Sample());
  judge.Judge(Item());
  const Outcome& outcome = judge.outcome();
  Check(outcome.hits.size() <= RuleJudge::kMostHits);
  Check(outcome.action == Action::kPass || outcome.hits.at(0).action == outcome.action);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const RuleSet rules =
        RuleSet::Parse(std::string(reinterpret_cast<const char*>(data), size), "rules");
    Check(rules.rules().size() <= RuleSet::kMostRules);
    for (const Rule& rule : rules.rules()) CheckRule(rule);
    CheckJudgement(rules);
  } catch (const gatepost::config::ConfigError& error) {
    Check(std::string_view(error.what()).size() < 50 * 5'000);
  }
  return 0;
}
