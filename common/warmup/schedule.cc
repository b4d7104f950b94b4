#include "common/warmup/schedule.h"

#include "common/accounts/streams.h"
#include "common/base/strings.h"
#include "common/store/keys.h"

namespace gatepost::warmup {
namespace {

constexpr std::string_view kProvider = "provider ";

bool AddLine(std::string_view line, Schedule& schedule) {
  if (line.starts_with(kProvider)) {
    const std::string_view name = line.substr(kProvider.size());
    schedule.providers.emplace_back(name);
    return accounts::IsStreamName(name);
  }
  auto source = Source::Parse(base::Split(line, ' '));
  if (!source) return false;
  schedule.sources.push_back(*std::move(source));
  return true;
}

}  // namespace

std::string Schedule::Format() const {
  std::string text;
  for (const Source& source : sources) text += source.Format() + "\n";
  for (const std::string& provider : providers) {
    text.append(kProvider).append(provider).append("\n");
  }
  return text;
}

std::optional<Schedule> Schedule::Parse(std::string_view text) {
  if (text.size() > kMostBytes) return std::nullopt;
  const auto lines = base::Split(text, '\n');
  if (!lines.back().empty() || lines.size() > kMostLines + 1) return std::nullopt;
  Schedule schedule;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    if (!AddLine(lines[i], schedule)) return std::nullopt;
  }
  return schedule;
}

base::Result<void> TellSchedule(store::Store& store, std::string_view host,
                                const Schedule& schedule, base::Deadline deadline) {
  return store.SetField(store::KeyMaker::WarmUpSchedules(), host, schedule.Format(), deadline);
}

base::Result<std::map<std::string, Schedule>> ReadSchedules(store::Store& store,
                                                            base::Deadline deadline) {
  const auto texts = store.GetFields(store::KeyMaker::WarmUpSchedules(), deadline);
  if (!texts) return tl::unexpected(texts.error());
  std::map<std::string, Schedule> schedules;
  for (const auto& [host, text] : *texts) {
    auto schedule = Schedule::Parse(text);
    if (schedule && !schedule->sources.empty()) schedules.emplace(host, *std::move(schedule));
  }
  return schedules;
}

}  // namespace gatepost::warmup
