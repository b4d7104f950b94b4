#include "tools/dmarc-report/report_run.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "common/log/log.h"
#include "tools/dmarc-report/whole_file.h"

namespace gatepost::dmarc_report {
namespace {

using base::Result;

// Rows live for report::kKeep after the last of them.
constexpr report::Day kOldest = 10;

}  // namespace

ReportRun::ReportRun(const ReportOptions& options, const Services& services)
    : options_(options),
      services_(services),
      excluded_(options),
      rows_(services.store),
      marks_(services.store),
      dispatch_(options, refusals_, services),
      lease_(services.store, options.schedule.lease),
      failures_(options, refusals_, services, lease_) {}

Result<RunCounts> ReportRun::Run() {
  const auto held = lease_.Hold();
  if (!held) return tl::unexpected(held.error());
  counts_.another_sends = !*held;
  if (!*held) return counts_;
  const auto ready = Prepare().and_then([&] { return SendFailures(); });
  if (!ready) return tl::unexpected(ready.error());
  const report::Day today = report::DayOf(services_.clock.Wall());
  for (report::Day day = today - kOldest; day < today && !IsOver(); ++day) {
    if (const auto sent = RunDay(day); !sent) return tl::unexpected(sent.error());
  }
  return counts_;
}

Result<void> ReportRun::SendFailures() {
  if (!options_.failures) return {};
  return failures_.Run().map([&](const RunCounts& counts) { counts_ = counts; });
}

bool ReportRun::IsOver() const {
  return counts_.another_sends || counts_.server_away ||
         counts_.sent + counts_.failed >= options_.schedule.max_per_run;
}

Result<void> ReportRun::Prepare() {
  auto refusals = Refusals(services_.store).Read(StoreDeadline());
  if (!refusals) return tl::unexpected(refusals.error());
  refusals_ = *std::move(refusals);
  const report::Day today = report::DayOf(services_.clock.Wall());
  for (report::Day day = today - kOldest - 3; day < today - kOldest; ++day) {
    if (const auto forgot = marks_.ForgetDay(day, StoreDeadline()); !forgot) return forgot;
  }
  return Refusals(services_.store).Prune(refusals_, services_.clock.Wall(), StoreDeadline());
}

Result<std::vector<ReportIdentity>> ReportRun::Listed(report::Day day) {
  const auto domains = rows_.Domains(day, StoreDeadline());
  if (!domains) return tl::unexpected(domains.error());
  using Timed = std::pair<base::WallTime, ReportIdentity>;
  std::vector<Timed> timed;
  for (const std::string& domain : *domains) {
    const ReportIdentity identity{options_.reporter.domain, domain, day};
    timed.emplace_back(SendTime(identity, options_.schedule), identity);
  }
  std::ranges::sort(timed, {}, [](const Timed& t) { return std::pair(t.first, t.second.domain); });
  std::vector<ReportIdentity> identities;
  for (Timed& t : timed) identities.push_back(std::move(t.second));
  return identities;
}

Result<void> ReportRun::RunDay(report::Day day) {
  const auto listed = Listed(day);
  if (!listed) return tl::unexpected(listed.error());
  if (listed->empty()) return {};
  const auto marks = marks_.Read(day, StoreDeadline());
  if (!marks) return tl::unexpected(marks.error());
  for (const ReportIdentity& identity : *listed) {
    if (IsOver() || SendTime(identity, options_.schedule) > services_.clock.Wall()) break;
    if (const auto treated = Treat(identity, *marks); !treated) return treated;
  }
  return {};
}

Result<void> ReportRun::Treat(const ReportIdentity& identity, const ReportMarks::ByDomain& marks) {
  const auto domain = mail::Domain::Parse(identity.domain);
  if (!domain || excluded_.Contains(*domain)) return dispatch_.Drop(identity, "excluded");
  const auto known = marks.find(identity.domain);
  ReportMark mark = known == marks.end() ? ReportMark() : known->second;
  if (mark.finished) return dispatch_.Drop(identity, "its rows came after it was sent");
  if (IsTooOld(identity, services_.clock.Wall(), options_.schedule)) {
    return dispatch_.Drop(identity, "too old");
  }
  return Dispatch(identity, std::move(mark));
}

Result<void> ReportRun::Dispatch(const ReportIdentity& identity, ReportMark mark) {
  const auto held = lease_.Hold();
  if (!held) return tl::unexpected(held.error());
  counts_.another_sends = !*held;
  if (!*held) return {};
  const auto sent = dispatch_.Send(identity, std::move(mark));
  if (!sent) return tl::unexpected(sent.error());
  counts_.sent += sent->sent;
  counts_.failed += sent->failed;
  counts_.server_away = sent->server_away;
  return {};
}

Result<std::int64_t> ReportRun::WriteFiles(const std::string& directory) {
  const report::Day today = report::DayOf(services_.clock.Wall());
  std::int64_t written = 0;
  for (report::Day day = today - kOldest; day <= today; ++day) {
    const auto files = WriteDay(day, directory);
    if (!files) return files;
    written += *files;
  }
  if (!options_.failures) return written;
  return failures_.WriteFiles(directory).map([&](std::int64_t files) { return written + files; });
}

Result<std::int64_t> ReportRun::WriteDay(report::Day day, const std::string& directory) {
  const auto listed = Listed(day);
  if (!listed) return tl::unexpected(listed.error());
  std::int64_t written = 0;
  for (const ReportIdentity& identity : *listed) {
    const auto wrote = WriteFile(identity, directory);
    if (!wrote) return tl::unexpected(wrote.error());
    written += *wrote ? 1 : 0;
  }
  return written;
}

Result<bool> ReportRun::WriteFile(const ReportIdentity& identity, const std::string& directory) {
  const auto domain = mail::Domain::Parse(identity.domain);
  if (!domain || excluded_.Contains(*domain)) return false;
  auto rows = rows_.Rows(identity.day, identity.domain, StoreDeadline());
  if (!rows) return tl::unexpected(rows.error());
  const auto file = MakeReportFile(HeadOf(identity, options_), *std::move(rows),
                                   static_cast<std::size_t>(options_.mail.max_report_bytes));
  if (!file) return false;  // no rows
  const std::filesystem::path path = std::filesystem::path(directory) / identity.FileName();
  return WriteWhole(path, file->xml)
      .and_then([&] { return WriteWhole(path.string() + ".gz", file->gzip); })
      .map([&] {
        log::Info("report_written").With("file", path.string());
        return true;
      });
}

}  // namespace gatepost::dmarc_report
