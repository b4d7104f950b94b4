#include "common/report/failure_queue.h"

#include <algorithm>
#include <utility>

#include "common/store/keys.h"

namespace gatepost::report {
namespace {

using store::KeyMaker;

template <class Period>
std::int64_t Number(base::WallTime time, Period period) {
  return time.time_since_epoch() / std::chrono::duration_cast<base::WallTime::duration>(period);
}

store::Fields ToFields(const FailureReport& report) {
  return {{"policy_domain", report.policy_domain},
          {"to", report.to},
          {"external", report.external ? "1" : "0"},
          {"message", report.message}};
}

FailureReport FromFields(const store::Fields& fields) {
  FailureReport report;
  report.external = true;  // where it does not say
  for (const auto& [name, value] : fields) {
    if (name == "policy_domain") report.policy_domain = value;
    if (name == "to") report.to = value;
    if (name == "external") report.external = value != "0";
    if (name == "message") report.message = value;
  }
  return report;
}

}  // namespace

base::Result<bool> FailureQueue::IsAllowed(const FailureReport& report, const FailureRate& rate,
                                           base::WallTime now, base::Deadline deadline) {
  const std::int64_t hour = Number(now, std::chrono::hours(1));
  const std::pair<std::string, std::int64_t> caps[] = {{report.policy_domain, rate.per_domain},
                                                       {"", rate.in_all}};
  for (const auto& [domain, most] : caps) {
    const auto count =
        store_.Increment(KeyMaker::FailureRate(domain, hour), 1, std::chrono::hours(2), deadline);
    if (!count) return tl::unexpected(count.error());
    if (*count > most) return false;
  }
  return true;
}

base::Result<bool> FailureQueue::Add(const FailureReport& report, const FailureRate& rate,
                                     base::WallTime now, base::Deadline deadline) {
  if (report.message.size() > kMaxMessageBytes) return false;
  const auto allowed = IsAllowed(report, rate, now, deadline);
  if (!allowed || !*allowed) return allowed;
  const auto done = store_.Append(
      {{KeyMaker::FailureReports(Number(now, kSlotTime)), ToFields(report), kMaxPerSlot, kKeep}},
      deadline);
  if (!done) return tl::unexpected(done.error());
  return true;
}

std::vector<FailureQueue::Slot> FailureQueue::Closed(base::WallTime now) {
  std::vector<Slot> slots;
  const Slot open = Number(now, kSlotTime);
  for (Slot slot = open - kKeep / kSlotTime; slot < open; ++slot) slots.push_back(slot);
  return slots;
}

base::Result<std::vector<FailureReport>> FailureQueue::Read(Slot slot, base::Deadline deadline) {
  const auto entries = store_.Newest(KeyMaker::FailureReports(slot), kMaxPerSlot, deadline);
  if (!entries) return tl::unexpected(entries.error());
  std::vector<FailureReport> reports;
  reports.reserve(entries->size());
  std::transform(entries->rbegin(), entries->rend(), std::back_inserter(reports), FromFields);
  return reports;
}

base::Result<void> FailureQueue::Forget(Slot slot, base::Deadline deadline) {
  return store_.Erase(KeyMaker::FailureReports(slot), deadline);
}

}  // namespace gatepost::report
