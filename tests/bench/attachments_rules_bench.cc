// What the default rules cost: reading them, beginning a message, judging an item.
#include <chrono>
#include <cstdio>
#include <string>

#include "milters/attachments/names.h"
#include "milters/attachments/rules_policy.h"

namespace {

using namespace gatepost::attachments;

// Calls `run` for a fifth of a second; nanoseconds of one call.
template <class Run>
double Measure(const Run& run) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  std::size_t calls = 0;
  while (Clock::now() - begin < std::chrono::milliseconds(200)) {
    for (int i = 0; i < 100; ++i) run();
    calls += 100;
  }
  const std::chrono::duration<double, std::nano> time = Clock::now() - begin;
  return time.count() / static_cast<double>(calls);
}

Item File(const std::string& name, ContentType type) {
  Item item;
  item.part = "2";
  item.path = name;
  item.names = {name};
  item.declared_types = {"application/octet-stream"};
  item.type = type;
  item.bytes = 50'000;
  return item;
}

void PrintItem(const char* what, const RuleSet& rules, const Item& item) {
  const std::vector<std::string> recipients{"eva@example.org", "al@example.org"};
  const MessageFacts facts;
  RuleJudge judge(rules, facts, recipients);
  std::printf("judge %-28s %8.0f ns\n", what, Measure([&] { judge.Judge(item); }));
  std::printf("names %-28s %8.0f ns\n", what, Measure([&] { (void)JudgeNames(item); }));
}

}  // namespace

int main() {
  const std::string text(RuleSet::DefaultText());
  const RuleSet rules = RuleSet::Parse(text, "default.rules");
  const std::vector<std::string> recipients{"eva@example.org", "al@example.org"};
  const MessageFacts facts;
  std::printf("%zu rules\n", rules.rules().size());
  std::printf("read all %35.0f ns\n", Measure([&] { RuleSet::Parse(text, "default.rules"); }));
  std::printf("begin a message %28.0f ns\n", Measure([&] { RuleJudge(rules, facts, recipients); }));
  PrintItem("report.pdf", rules, File("report.2026.pdf", {"pdf", Kind::kDocument}));
  PrintItem("Rechnung-\u00E4.docx", rules, File("Rechnung-\u00E4.docx", {"docx", Kind::kDocument}));
  PrintItem("photos.zip", rules, File("photos.zip", {"zip", Kind::kArchive}));
  Item body = File("", {"text", Kind::kText});
  body.names.clear();
  PrintItem("a text without a name", rules, body);
  return 0;
}
