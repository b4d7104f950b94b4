#include "tools/dmarc-report/report_dispatch.h"

#include <algorithm>
#include <utility>

#include "common/log/log.h"
#include "tools/dmarc-report/bounce.h"
#include "tools/dmarc-report/report_mail.h"
#include "tools/dmarc-report/report_policy.h"
#include "tools/dmarc-report/sender_lease.h"

namespace gatepost::dmarc_report {
namespace {

using base::ErrorKind;
using base::Result;

std::int64_t ToUnix(base::WallTime time) { return std::chrono::system_clock::to_time_t(time); }

}  // namespace

struct ReportDispatch::Report {
  const ReportIdentity& identity;
  ReportFile file;
  ReportMark mark;
  Dispatched dispatched;
};

Destinations FindDestinations(const mail::Domain& domain, const std::vector<std::string>& addresses,
                              const ReportOptions& options, const Refusals::ByAddress& refusals,
                              const Services& services) {
  const auto deadline = std::chrono::steady_clock::now() + options.dns_timeout;
  Destinations result;
  std::int64_t asked = 0;
  const auto unwanted = [&](const std::string& address) {
    return IsExcluded(address, options.exclude) ||
           Refusals::IsRefused(refusals, address, services.clock.Wall());
  };
  for (const std::string& address : addresses) {
    if (unwanted(address) || asked == options.mail.max_addresses) continue;
    ++asked;
    const Destination found = services.destinations.Check(domain, address, deadline);
    result.unknown |= found.consent == Consent::kUnknown;
    for (const std::string& other : found.addresses) {
      const bool known = std::ranges::find(result.addresses, other) != result.addresses.end();
      if (!known && !unwanted(other)) result.addresses.push_back(other);
    }
  }
  const auto most = static_cast<std::size_t>(options.mail.max_addresses);
  result.addresses.resize(std::min(result.addresses.size(), most));
  return result;
}

ReportHead HeadOf(const ReportIdentity& identity, const ReportOptions& options) {
  return {options.reporter.organization,
          options.reporter.contact,
          options.reporter.extra_contact,
          "Gatepost " GATEPOST_VERSION,
          identity,
          ""};
}

ReportDispatch::ReportDispatch(const ReportOptions& options, const Refusals::ByAddress& refusals,
                               const Services& services)
    : options_(options),
      refusals_(refusals),
      services_(services),
      rows_(services.store),
      marks_(services.store) {}

Result<void> ReportDispatch::Drop(const ReportIdentity& identity, const std::string& reason) {
  log::Info("report_dropped")
      .With("domain", identity.domain)
      .With("day", identity.day)
      .With("reason", reason);
  return rows_.Forget(identity.day, identity.domain, StoreDeadline());
}

Result<Dispatched> ReportDispatch::Send(const ReportIdentity& identity, ReportMark mark) {
  auto rows = rows_.Rows(identity.day, identity.domain, StoreDeadline());
  if (!rows) return tl::unexpected(rows.error());
  const auto domain = mail::Domain::Parse(identity.domain);
  const auto destinations =
      domain ? FindDestinations(*domain, rows->addresses, options_, refusals_, services_)
             : Destinations();
  Report report{identity, {}, std::move(mark), {}};
  if (!destinations.addresses.empty()) {
    auto file = MakeReportFile(HeadOf(identity, options_), *std::move(rows),
                               static_cast<std::size_t>(options_.mail.max_report_bytes));
    if (!file) {
      return Drop(identity, file.error().message).map([] { return Dispatched(); });
    }
    report.file = *std::move(file);
  }
  for (const std::string& address : destinations.addresses) {
    if (const auto tried = SendTo(address, report); !tried) return tl::unexpected(tried.error());
    if (report.dispatched.server_away) break;
  }
  return Finish(report, destinations).map([&] { return report.dispatched; });
}

Result<void> ReportDispatch::SendTo(const std::string& address, Report& report) {
  AddressMark* mark = report.mark.Find(address);
  if (mark == nullptr) {
    mark = &report.mark.addresses.emplace_back(AddressMark{address, MakeToken(), false, 0, 0});
  }
  if (mark->sent || mark->not_before > ToUnix(services_.clock.Wall())) return {};
  // From here on a successor knows the token, and that this message may have gone.
  return marks_.Write(report.identity.day, report.identity.domain, report.mark, StoreDeadline())
      .and_then([&] {
        return marks_.RememberToken(mark->token, {address, report.identity.MessageId()},
                                    StoreDeadline());
      })
      .and_then([&] { return Deliver(*mark, report); });
}

Result<void> ReportDispatch::Deliver(AddressMark& address, Report& report) {
  const auto mail =
      FormatReportMail({options_.reporter.organization, options_.mail.from}, address.address,
                       report.identity, report.file, services_.clock.Wall());
  const std::string sender = BounceAddress(options_.mail.bounce_address, address.token);
  const auto taken = mail.and_then([&](const std::string& message) {
    return services_.submitter.Deliver({sender, address.address}, message);
  });
  return Note(taken, address, report);
}

void ReportDispatch::Tell(const Result<void>& taken, const std::string& to, const Report& report) {
  log::Line line(taken ? log::Level::kInfo : log::Level::kWarning,
                 taken ? "report_sent" : "report_waits");
  line.With("domain", report.identity.domain)
      .With("day", report.identity.day)
      .With("to", to)
      .With("id", report.identity.Id())
      .With("rows", static_cast<std::int64_t>(report.file.rows));
  if (!taken) line.With("reason", taken.error().message);
}

Result<void> ReportDispatch::Note(const Result<void>& taken, AddressMark& address, Report& report) {
  Dispatched& dispatched = report.dispatched;
  if (taken) {
    ++dispatched.sent;
    address.sent = true;
  } else {
    ++dispatched.failed;
    ++address.attempts;
    address.not_before = ToUnix(services_.clock.Wall() + RetryAfter(address.attempts));
    dispatched.server_away = IsServerAway(taken.error().kind);
  }
  Tell(taken, address.address, report);
  return marks_.Write(report.identity.day, report.identity.domain, report.mark, StoreDeadline());
}

// One address may be refused for now where the next one is taken.
bool ReportDispatch::IsServerAway(ErrorKind kind) const {
  if (kind == ErrorKind::kTimeout) return true;
  return kind == ErrorKind::kUnavailable && !services_.submitter.Reach();
}

Result<void> ReportDispatch::Finish(Report& report, const Destinations& destinations) {
  const auto is_sent = [&](const std::string& address) {
    const AddressMark* const mark = report.mark.Find(address);
    return mark != nullptr && mark->sent;
  };
  if (destinations.unknown || !std::ranges::all_of(destinations.addresses, is_sent)) return {};
  if (report.mark.addresses.empty()) return Drop(report.identity, "no address wants it");
  report.mark.finished = true;
  const ReportIdentity& identity = report.identity;
  return marks_.Write(identity.day, identity.domain, report.mark, StoreDeadline()).and_then([&] {
    return rows_.Forget(identity.day, identity.domain, StoreDeadline());
  });
}

}  // namespace gatepost::dmarc_report
