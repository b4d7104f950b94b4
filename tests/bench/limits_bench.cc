// What limits cost before the store is asked: nanoseconds for each RCPT with six limits, and time
// and memory of a table of 100,000 exceptions.
//
//   limits_bench
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "common/limits/charges.h"
#include "common/limits/limit_table.h"

namespace {

using namespace gatepost;
using namespace gatepost::limits;
using SteadyClock = std::chrono::steady_clock;

double NanosecondsSince(SteadyClock::time_point start) {
  return std::chrono::duration<double, std::nano>(SteadyClock::now() - start).count();
}

template <class Call>
void Measure(const char* what, Call call) {
  constexpr int kCalls = 200'000;
  std::size_t sum = 0;
  const auto start = SteadyClock::now();
  for (int i = 0; i < kCalls; ++i) sum += call();
  std::printf("%-52s %8.0f ns  (%zu)\n", what, NanosecondsSince(start) / kCalls, sum / kCalls);
}

std::vector<std::string> SixLimits() {
  return {"10 messages / minute by client", "200 recipients / hour by user name=hourly",
          "1000 recipients / day by user",  "50 new-recipients / day by user",
          "1GB / day by user-domain",       "30 messages / hour by user+recipient"};
}

Facts FactsOf(const accounts::AccountNames& names) {
  Facts facts;
  facts.account = names.Canonicalize("alice@example.org");
  facts.reverse_path = "<alice@example.org>";
  facts.client = *base::IpAddress::Parse("192.0.2.7");
  return facts;
}

std::string LargeTable() {
  std::string text;
  for (int i = 0; i < 100'000; ++i) {
    text += "user user-" + std::to_string(i) + "@domain-" + std::to_string(i % 5000) +
            ".example hourly " + std::to_string(i) + "\n";
  }
  return text;
}

void MeasureCharges(const char* what, const LimitSet& set, const Exceptions* overrides,
                    const accounts::AccountNames& names) {
  Subjects subjects(FactsOf(names), names);
  Step first;
  first.messages = first.recipients = first.new_recipients = 1;
  first.bytes = 5000;
  Step later;
  later.recipients = later.new_recipients = 1;
  const Circumstances circumstances{overrides, std::chrono::system_clock::now(), {-0.1, {}}};
  std::printf("%s\n", what);
  Measure("  MakeCharges, first RCPT",
          [&] { return MakeCharges(set, subjects, first, circumstances).subjects.size(); });
  Measure("  MakeCharges, later RCPT",
          [&] { return MakeCharges(set, subjects, later, circumstances).subjects.size(); });
}

void MeasureTable(const accounts::AccountNames& names) {
  std::vector<Limit> limits;
  for (const std::string& line : SixLimits()) limits.push_back(*Limit::Parse(line));
  const config::TableFile file(LargeTable(), "table");
  const std::size_t before = mallinfo2().uordblks;
  const auto start = SteadyClock::now();
  const Exceptions table = LoadLimitTable(file, limits, names);
  std::printf("table of %zu exceptions: %.0f ms to read, %.1f MB\n", table.size(),
              NanosecondsSince(start) / 1e6,
              static_cast<double>(mallinfo2().uordblks - before) / 1e6);
  const auto set = LimitSet::Load(SixLimits(), "", names);
  MeasureCharges("with these as overrides", *set, &table, names);
}

}  // namespace

int main() {
  const auto names = accounts::AccountNames::Load({});
  const Facts facts = FactsOf(*names);
  Measure("AccountNames::Canonicalize",
          [&] { return names->Canonicalize("alice+x@example.org").name.size(); });
  Measure("Subjects of a message", [&] { return Subjects(facts, *names).domain().size(); });
  Subjects subjects(facts, *names);
  Measure("Subjects::SetRecipient", [&] {
    subjects.SetRecipient("<bob@example.net>");
    return subjects.recipient().size();
  });
  MeasureCharges("without exceptions", *LimitSet::Load(SixLimits(), "", *names), nullptr, *names);
  MeasureTable(*names);
  return 0;
}
