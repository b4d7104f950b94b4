#include "tools/dmarc-report/mailing.h"

#include <algorithm>
#include <chrono>

#include "tools/dmarc-report/bounce.h"
#include "tools/dmarc-report/report_policy.h"
#include "tools/dmarc-report/sender_lease.h"

namespace gatepost::dmarc_report {
namespace {

using base::ErrorKind;
using base::Result;

std::int64_t ToUnix(base::WallTime time) { return std::chrono::system_clock::to_time_t(time); }

void Tell(const Result<void>& taken, const std::string& to, const Mailing& mailing) {
  log::Line line(taken ? log::Level::kInfo : log::Level::kWarning,
                 taken ? "report_sent" : "report_waits");
  mailing.Describe(line);
  line.With("to", to);
  if (!taken) line.With("reason", taken.error().message);
}

}  // namespace

bool Mailing::WentToAll(const std::vector<std::string>& addresses) const {
  return std::ranges::all_of(addresses, [&](const std::string& address) {
    const auto found = std::ranges::find(mark_.addresses, address, &AddressMark::address);
    return found != mark_.addresses.end() && found->sent;
  });
}

Result<Dispatched> MailingDispatch::Send(const std::vector<std::string>& addresses,
                                         Mailing& mailing) {
  Dispatched done;
  for (const std::string& address : addresses) {
    if (const auto tried = SendTo(address, mailing, done); !tried) {
      return tl::unexpected(tried.error());
    }
    if (done.server_away) break;
  }
  return done;
}

Result<void> MailingDispatch::SendTo(const std::string& address, Mailing& mailing,
                                     Dispatched& done) {
  AddressMark& mark = mailing.mark().FindOrAdd(address);
  if (mark.sent || mark.not_before > ToUnix(services_.clock.Wall())) return {};
  // From here on a successor knows the token, and that this message may have gone.
  return mailing.Save()
      .and_then([&] {
        return marks_.RememberToken(mark.token, {address, mailing.MessageId()}, StoreDeadline());
      })
      .and_then([&] {
        const auto taken = Deliver(mark, mailing);
        Note(taken, mark, done);
        Tell(taken, address, mailing);
        return mailing.Save();
      });
}

Result<void> MailingDispatch::Deliver(const AddressMark& address, const Mailing& mailing) const {
  const std::string sender = BounceAddress(options_.mail.bounce_address, address.token);
  return mailing.Format(address.address).and_then([&](const std::string& message) {
    return services_.submitter.Deliver({sender, address.address}, message);
  });
}

void MailingDispatch::Postpone(AddressMark& address) const {
  ++address.attempts;
  address.not_before = ToUnix(services_.clock.Wall() + RetryAfter(address.attempts));
}

void MailingDispatch::Note(const Result<void>& taken, AddressMark& address,
                           Dispatched& done) const {
  if (taken) {
    ++done.sent;
    address.sent = true;
  } else {
    ++done.failed;
    Postpone(address);
    done.server_away = IsServerAway(taken.error().kind);
  }
}

// One address may be refused for now where the next one is taken.
bool MailingDispatch::IsServerAway(ErrorKind kind) const {
  if (kind == ErrorKind::kTimeout) return true;
  return kind == ErrorKind::kUnavailable && !services_.submitter.Reach();
}

}  // namespace gatepost::dmarc_report
