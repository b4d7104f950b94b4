#include "tools/dmarc-report/failure_run.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "common/base/strings.h"
#include "common/log/log.h"
#include "tools/dmarc-report/whole_file.h"

namespace gatepost::dmarc_report {
namespace {

using base::Result;
using report::FailureQueue;
using report::FailureReport;

// Reports of a closed slot may still be on their way from a host that is busy, or whose clock is
// late.
constexpr std::chrono::minutes kSettling{1};
// Whoever makes mail fail chooses whose DNS is asked here: slow answers must not keep the aggregate
// reports waiting.
constexpr std::chrono::minutes kRunTime{2};

// Without brackets; "" where the header has none that could be remembered.
std::string MessageIdOf(std::string_view message) {
  static constexpr std::string_view kName = "\r\nMessage-ID: <";
  const std::string_view header = message.substr(0, message.find("\r\n\r\n"));
  const std::size_t found = header.find(kName);
  if (found == std::string_view::npos) return "";
  const std::string_view rest = header.substr(found + kName.size());
  const std::string_view id = rest.substr(0, rest.find('>'));
  const bool good = id.size() < rest.size() && std::ranges::none_of(id, base::IsMailSpace);
  return good ? std::string(id) : "";
}

}  // namespace

class FailureRun::Report final : public Mailing {
 public:
  Report(FailureMarks& marks, const std::string& id, const FailureReport& content)
      : Mailing(marks.Get(id)), marks_(marks), id_(id), content_(content) {}

  const FailureReport& content() const { return content_; }

  std::string MessageId() const override { return MessageIdOf(content_.message); }
  Result<std::string> Format(const std::string& /*to*/) const override { return content_.message; }
  Result<void> Save() override { return marks_.Write(id_, mark(), StoreDeadline()); }
  void Describe(log::Line& line) const override {
    line.With("kind", "failure").With("domain", content_.policy_domain).With("id", MessageId());
  }

 private:
  FailureMarks& marks_;
  const std::string id_;
  const FailureReport& content_;
};

FailureRun::FailureRun(const ReportOptions& options, const Refusals::ByAddress& refusals,
                       const Services& services, SenderLease& lease)
    : options_(options),
      services_(services),
      lease_(lease),
      excluded_(options),
      destinations_(options, refusals, services),
      mailings_(options, services),
      queue_(services.store),
      marks_(services.store) {}

Result<RunCounts> FailureRun::Run() {
  counts_ = {};
  end_ = services_.clock.Steady() + kRunTime;
  const auto slots = FailureQueue::Closed(services_.clock.Wall() - kSettling);
  const auto ready = marks_.Load(StoreDeadline()).and_then([&] { return Prune(slots.front()); });
  if (!ready) return tl::unexpected(ready.error());
  // The newest first: a backlog that DNS keeps waiting must not starve what comes after it.
  for (auto slot = slots.rbegin(); slot != slots.rend(); ++slot) {
    if (IsOver()) break;
    if (const auto done = RunSlot(*slot); !done) return tl::unexpected(done.error());
  }
  return counts_;
}

bool FailureRun::IsOver() const {
  return counts_.another_sends || counts_.server_away || services_.clock.Steady() >= end_ ||
         counts_.sent + counts_.failed >= (options_.schedule.max_per_run + 1) / 2;
}

// What never got through in the life of its slot.
Result<void> FailureRun::Prune(Slot oldest) {
  const auto lost = marks_.Prune(oldest, StoreDeadline());
  if (!lost) return tl::unexpected(lost.error());
  for (const ReportMark& mark : *lost) {
    if (mark.addresses.empty()) continue;
    ++counts_.dropped;
    log::Info("report_dropped")
        .With("kind", "failure")
        .With("to", mark.addresses.front().address)
        .With("reason", "too old");
  }
  return {};
}

Result<void> FailureRun::RunSlot(Slot slot) {
  const auto reports = queue_.Read(slot, StoreDeadline());
  if (!reports) return tl::unexpected(reports.error());
  if (reports->empty()) return {};
  bool finished = true;
  for (const FailureReport& content : *reports) {
    if (IsOver()) return {};
    Report report(marks_, FailureMarks::IdOf(slot, content), content);
    const auto treated = Treat(report);
    if (!treated) return tl::unexpected(treated.error());
    finished = finished && *treated;
  }
  if (!finished) return {};
  return queue_.Forget(slot, StoreDeadline()).and_then([&] {
    return marks_.ForgetSlot(slot, StoreDeadline());
  });
}

Result<bool> FailureRun::Treat(Report& report) {
  if (report.mark().finished) return true;
  if (MustWait(report)) return false;
  const auto held = lease_.Hold();
  if (!held) return tl::unexpected(held.error());
  counts_.another_sends = !*held;
  if (!*held) return false;
  if (report.MessageId().empty()) return Drop(report, "no message");
  return Dispatch(report);
}

bool FailureRun::MustWait(const Report& report) const {
  const auto now = std::chrono::system_clock::to_time_t(services_.clock.Wall());
  return std::ranges::any_of(report.mark().addresses, [&](const AddressMark& address) {
    return !address.sent && address.not_before > now;
  });
}

Result<bool> FailureRun::Dispatch(Report& report) {
  const auto domain = mail::Domain::Parse(report.content().policy_domain);
  if (!domain || excluded_.Contains(*domain)) return Drop(report, "excluded");
  const Destinations destinations = Find(*domain, report.content());
  if (destinations.unknown) return Postpone(report);
  if (destinations.addresses.empty()) return Drop(report, "the address does not want it");
  const auto sent = mailings_.Send(destinations.addresses, report);
  if (!sent) return tl::unexpected(sent.error());
  counts_.sent += sent->sent;
  counts_.failed += sent->failed;
  counts_.server_away = sent->server_away;
  return report.WentToAll(destinations.addresses) ? Finish(report) : Result<bool>(false);
}

// An address of the policy's own organization needs nobody's consent.
Destinations FailureRun::Find(const mail::Domain& policy_domain,
                              const FailureReport& report) const {
  if (report.external) return destinations_.Find(policy_domain, {report.to}, "ruf");
  if (destinations_.IsUnwanted(report.to)) return {};
  return {{report.to}, false};
}

Result<bool> FailureRun::Postpone(Report& report) {
  const std::string& to = report.content().to;
  mailings_.Postpone(report.mark().FindOrAdd(to));
  log::Line line(log::Level::kInfo, "report_waits");
  report.Describe(line);
  line.With("to", to).With("reason", "DNS does not answer");
  return report.Save().map([] { return false; });
}

Result<bool> FailureRun::Finish(Report& report) {
  report.mark().finished = true;
  return report.Save().map([] { return true; });
}

Result<bool> FailureRun::Drop(Report& report, const std::string& reason) {
  ++counts_.dropped;
  log::Line line(log::Level::kInfo, "report_dropped");
  report.Describe(line);
  line.With("to", report.content().to).With("reason", reason);
  return Finish(report);
}

bool FailureRun::MaySend(const FailureReport& report) const {
  const auto domain = mail::Domain::Parse(report.policy_domain);
  return domain && !excluded_.Contains(*domain) && !destinations_.IsUnwanted(report.to);
}

Result<std::int64_t> FailureRun::WriteFiles(const std::string& directory) {
  std::int64_t written = 0;
  // The open slot, too.
  for (const Slot slot : FailureQueue::Closed(services_.clock.Wall() + FailureQueue::kSlotTime)) {
    const auto reports = queue_.Read(slot, StoreDeadline());
    if (!reports) return tl::unexpected(reports.error());
    for (const FailureReport& report : *reports) {
      if (!MaySend(report)) continue;
      const std::filesystem::path path = std::filesystem::path(directory) /
                                         ("failure-" + FailureMarks::IdOf(slot, report) + ".eml");
      if (const auto wrote = WriteWhole(path, report.message); !wrote) {
        return tl::unexpected(wrote.error());
      }
      log::Info("report_written").With("file", path.string());
      ++written;
    }
  }
  return written;
}

}  // namespace gatepost::dmarc_report
