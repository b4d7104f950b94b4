// Any text as a table of the warm-up: a complaint that names the table, or a table that answers
// every question and that other hosts can read.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/config/config_error.h"
#include "milters/ratelimit/warmup_table.h"

namespace {

using namespace gatepost;
using ratelimit::WarmUpTable;

void Check(bool holds) {
  if (!holds) std::abort();
}

const accounts::AccountNames& Names() {
  static const auto names = accounts::AccountNames::Load({});
  return *names;
}

void CheckSource(const warmup::Source& source, base::WallTime now) {
  const auto allowance = source.Allowance(now);
  if (allowance) Check(*allowance >= source.first && *allowance < source.end);
  const auto step = source.NextStep(now);
  Check(step.has_value() == allowance.has_value());
  if (step) Check(step->at > now && step->allowance == source.Allowance(step->at));
}

void CheckSources(const WarmUpTable& table) {
  Check(warmup::Schedule::Parse(table.schedule().Format()) == table.schedule());
  for (const warmup::Source& source : table.sources()) {
    CheckSource(source, base::WallTime(std::chrono::seconds(1'700'000'000)));
    CheckSource(source, source.start + std::chrono::days(source.Days() - 1));
    Check(!source.Allowance(source.start + std::chrono::days(source.Days())));
    Check(table.Find(source.name) != nullptr);
  }
}

void CheckMail(const WarmUpTable& table, std::string_view word) {
  const auto found = table.FindSource({word, word, word});
  Check(found.has_value());
  table.FindSource({word, word, std::nullopt});
  const std::string provider(table.ProviderOfDomain(word));
  const std::vector<std::string> hosts{std::string(word), "mx." + std::string(word)};
  Check(table.ProviderOfMx(hosts).empty() || table.asks_mx());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const auto table = WarmUpTable::Load(config::TableFile(text, "table"), Names());
    CheckSources(*table);
    for (const std::string_view word : base::Split(std::string_view(text).substr(0, 200), ' ')) {
      CheckMail(*table, word);
    }
  } catch (const config::ConfigError& error) {
    Check(std::string_view(error.what()).starts_with("table:"));
  }
  return 0;
}
