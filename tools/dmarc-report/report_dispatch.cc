#include "tools/dmarc-report/report_dispatch.h"

#include <utility>

#include "common/log/log.h"
#include "tools/dmarc-report/report_mail.h"
#include "tools/dmarc-report/sender_lease.h"

namespace gatepost::dmarc_report {

using base::Result;

class ReportDispatch::Report final : public Mailing {
 public:
  Report(ReportDispatch& dispatch, const ReportIdentity& identity, ReportMark mark)
      : Mailing(std::move(mark)), dispatch_(dispatch), identity_(identity) {}

  const ReportIdentity& identity() const { return identity_; }
  void Attach(ReportFile file) { file_ = std::move(file); }

  std::string MessageId() const override { return identity_.MessageId(); }
  Result<std::string> Format(const std::string& to) const override {
    const ReportOptions& options = dispatch_.options_;
    return FormatReportMail({options.reporter.organization, options.mail.from}, to, identity_,
                            file_, dispatch_.services_.clock.Wall());
  }
  Result<void> Save() override {
    return dispatch_.marks_.Write(identity_.day, identity_.domain, mark(), StoreDeadline());
  }
  void Describe(log::Line& line) const override {
    line.With("domain", identity_.domain)
        .With("day", identity_.day)
        .With("id", identity_.Id())
        .With("rows", static_cast<std::int64_t>(file_.rows));
  }

 private:
  ReportDispatch& dispatch_;
  const ReportIdentity& identity_;
  ReportFile file_;
};

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
      services_(services),
      destinations_(options, refusals, services),
      mailings_(options, services),
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
      domain ? destinations_.Find(*domain, rows->addresses, "rua") : Destinations();
  Report report(*this, identity, std::move(mark));
  if (!destinations.addresses.empty()) {
    auto file = MakeReportFile(HeadOf(identity, options_), *std::move(rows),
                               static_cast<std::size_t>(options_.mail.max_report_bytes));
    if (!file) {
      return Drop(identity, file.error().message).map([] { return Dispatched(); });
    }
    report.Attach(*std::move(file));
  }
  const auto sent = mailings_.Send(destinations.addresses, report);
  if (!sent) return sent;
  return Finish(report, destinations).map([&] { return *sent; });
}

Result<void> ReportDispatch::Finish(Report& report, const Destinations& destinations) {
  if (destinations.unknown || !report.WentToAll(destinations.addresses)) return {};
  const ReportIdentity& identity = report.identity();
  if (report.mark().addresses.empty()) return Drop(identity, "no address wants it");
  report.mark().finished = true;
  return report.Save().and_then(
      [&] { return rows_.Forget(identity.day, identity.domain, StoreDeadline()); });
}

}  // namespace gatepost::dmarc_report
