#include "tools/dmarc-report/report_options.h"

#include <optional>

#include "common/base/strings.h"
#include "common/config/config_error.h"
#include "common/mail/domain.h"
#include "common/submit/notice.h"
#include "common/submit/smtp_conversation.h"

namespace gatepost::dmarc_report {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t kMaxSubmitterBytes = 200;

using Complaint = std::optional<std::string>;

Complaint CheckAddress(std::string_view text) {
  if (text.empty() || submit::IsPlainAddress(text)) return std::nullopt;
  return "must be a mail address";
}

Complaint CheckDomain(std::string_view text) {
  if (text.empty() || mail::Domain::Parse(text)) return std::nullopt;
  return "must be a domain name";
}

Complaint CheckExcluded(std::string_view text) {
  if (text.starts_with('@') && mail::Domain::Parse(text.substr(1))) return std::nullopt;
  return submit::IsPlainAddress(text) ? std::nullopt
                                      : Complaint("must be a mail address, or \"@\" and a domain");
}

Complaint CheckServer(std::string_view text) {
  const auto server = submit::Endpoint::Parse(text);
  return server ? std::nullopt : Complaint(server.error().message);
}

void DeclareReporter(config::OptionTable& t, ReporterOptions& o) {
  t.Section("reporter", "Who sends the reports, as their readers see it.");
  t.Text("organization", o.organization, "The name of your organization.");
  t.Text("contact", o.contact, "The mail address at which people ask about your reports.",
         CheckAddress);
  t.Text("extra_contact", o.extra_contact,
         "More ways to reach you, such as a web page; left out where empty.");
  t.Text("domain", o.domain,
         "The domain that stands for your mail server in file names and subjects. Empty takes that "
         "of mail.from. All hosts that share a store must have the same. This domain and those "
         "below it are never reported on.",
         CheckDomain);
}

void DeclareMail(config::OptionTable& t, MailOptions& o) {
  t.Section("mail", "How reports leave.");
  t.Text("from", o.from,
         "The From address. Its domain must pass DMARC: sign what leaves through the server below "
         "with DKIM.",
         CheckAddress);
  t.Text("bounce_address", o.bounce_address,
         "Where bounces go: \"+\" and a token are put before its \"@\", so that nobody can forge "
         "one. Feed its mail to this program with --bounce. Empty sends with the null sender: then "
         "nothing is learned from addresses that refuse.",
         CheckAddress);
  t.Text("server", o.server, "The SMTP server that takes them: an address and port, not a name.",
         CheckServer);
  t.Flag("allow_remote", o.allow_remote,
         "Whether the server may be on another host; the connection is not encrypted.");
  t.Duration("timeout", o.timeout, 1s, 10min, "How long handing over one report may take.");
  t.Bytes("max_report_bytes", o.max_report_bytes, 10 * 1024, 50 * 1024 * 1024,
          "The compressed size of a report. What does not fit, beginning with what was seen least, "
          "is left out, and the report says how much.");
  t.Integer("max_addresses", o.max_addresses, 2, 10,
            "How many of a domain's addresses get its report, in the order of its record.");
}

void DeclareSchedule(config::OptionTable& t, ScheduleOptions& o) {
  t.Section("schedule",
            "When. Run the program every ten minutes or so: each run sends what is due, and one "
            "run at a time sends among all hosts that share a store.");
  t.Duration("delay", o.delay, 0s, 24h, "How long after midnight (UTC) the first reports leave.");
  t.Duration("spread", o.spread, 0s, 20h,
             "Over how long the reports of a day are spread from then on; each domain has its own "
             "time.");
  t.Duration("give_up", o.give_up, 1h, 24h * 7,
             "How old the day of a report may become while its addresses cannot be reached.");
  t.Duration("lease", o.lease, 1s, 1h,
             "How long the other hosts wait for a sender that died; above dns_timeout and "
             "max_addresses times mail.timeout together.");
  t.Integer("max_per_run", o.max_per_run, 1, 100'000, "How many messages one run sends.");
}

void DeclareExceptions(config::OptionTable& t, ExcludeOptions& o) {
  t.Section("exclude", "What gets no report.");
  t.TextList("domains", o.domains, "Domains, with all below them, that are not reported on.",
             CheckDomain);
  t.TextList("addresses", o.addresses,
             "Addresses that get no reports; \"@example.org\" stands for all at that domain.",
             CheckExcluded);
}

// A sender that works on one report must not be taken for dead.
bool FitsIntoLease(const ReportOptions& o) {
  return o.schedule.lease > o.dns_timeout + o.mail.timeout * o.mail.max_addresses;
}

constexpr std::size_t kMaxBounceLocalPart = 31;  // with "+" and a token the 64 of RFC 5321

[[noreturn]] void Refuse(const std::string& reason) {
  throw config::ConfigError("dmarc-report.toml: " + reason);
}

}  // namespace

void Declare(config::OptionTable& table, ReportOptions& options) {
  table.Flag(
      "enabled", options.enabled,
      "Whether reports are sent. Needs reporter.organization, reporter.contact and mail.from, "
      "and a store that programs share (store.url in gatepost.toml).");
  table.Flag("failures", options.failures,
             "Whether failure reports about single messages are sent, too. There are none before "
             "the program that judges mail makes them (reports.failure_reports in dmarc.toml); "
             "their From address is reports.failure_sender there, and its domain must pass DMARC "
             "as that of mail.from must.");
  table.Duration("refusal_time", options.refusal_time, 1h, 24h * 1000,
                 "How long an address that bounced for good gets no reports.");
  table.Duration("dns_timeout", options.dns_timeout, 1s, 2min,
                 "How long one report waits for DNS to say whether its addresses want it.");
  DeclareReporter(table, options.reporter);
  DeclareMail(table, options.mail);
  DeclareSchedule(table, options.schedule);
  DeclareExceptions(table, options.exclude);
}

void Complete(ReportOptions& options) {
  if (!options.enabled) return;
  if (options.reporter.organization.empty()) Refuse("reporter.organization is needed");
  if (options.reporter.contact.empty()) Refuse("reporter.contact is needed");
  if (options.mail.from.empty()) Refuse("mail.from is needed");
  const auto server = submit::Endpoint::Parse(options.mail.server);
  if (!server->address.IsLoopback() && !options.mail.allow_remote) {
    Refuse("mail.server is on another host, and mail.allow_remote is false");
  }
  if (!FitsIntoLease(options)) {
    Refuse("schedule.lease must be above dns_timeout and max_addresses times mail.timeout");
  }
  if (options.mail.bounce_address.find('@') + 1 > kMaxBounceLocalPart + 1) {
    Refuse("mail.bounce_address has no room for a token: at most 31 bytes before its \"@\"");
  }
  const auto& from = options.mail.from;
  std::string& domain = options.reporter.domain;
  const auto parsed =
      mail::Domain::Parse(domain.empty() ? from.substr(from.find('@') + 1) : domain);
  if (!parsed) Refuse("mail.from: " + parsed.error().message);
  domain = parsed->ascii();
  if (domain.size() > kMaxSubmitterBytes) Refuse("reporter.domain is too long for a Message-ID");
}

}  // namespace gatepost::dmarc_report
