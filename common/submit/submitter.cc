#include "common/submit/submitter.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <utility>

#include "common/base/strings.h"
#include "common/submit/smtp_conversation.h"

namespace gatepost::submit {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

std::string RandomHex() {
  std::random_device random;
  std::array<char, 33> hex;
  std::snprintf(hex.data(), hex.size(), "%08x%08x%08x%08x", random(), random(), random(), random());
  return hex.data();
}

bool IsHostName(std::string_view host) {
  for (const char c : host) {
    if (!base::IsAsciiAlpha(c) && !base::IsAsciiDigit(c) && c != '.' && c != '-') return false;
  }
  return !host.empty() && host.size() <= 200;
}

Result<SmtpReply> Greet(SmtpConversation& server, const std::string& host) {
  const auto banner = server.Await("connect");
  return banner ? server.Say("EHLO " + host) : banner;
}

Result<std::string> MailCommand(const SmtpReply& ehlo, bool utf8) {
  if (!utf8) return "MAIL FROM:<>";
  if (ehlo.Offers("SMTPUTF8")) return "MAIL FROM:<> BODY=8BITMIME SMTPUTF8";
  return Fail(ErrorKind::kInvalid, "the mail server does not offer SMTPUTF8");
}

}  // namespace

Submitter::Submitter(SubmitOptions options, const base::Clock& clock)
    : options_(std::move(options)), clock_(clock) {
  const auto server = Endpoint::Parse(options_.server);
  if (!server) throw std::invalid_argument("submit server: " + server.error().message);
  if (!server->address.IsLoopback() && !options_.allow_remote) {
    throw std::invalid_argument("submit server: not on this host");
  }
  if (!IsHostName(options_.host)) throw std::invalid_argument("submit host: not a host name");
}

Result<void> Submitter::Send(const Notice& notice) const {
  const auto message = FormatNotice(notice, RandomHex() + "@" + options_.host, clock_.Wall());
  if (!message) return tl::unexpected(message.error());
  auto server = SmtpConversation::Open(*Endpoint::Parse(options_.server),
                                       std::chrono::steady_clock::now() + options_.time);
  if (!server) return tl::unexpected(server.error());
  const auto taken =
      Greet(*server, options_.host)
          .and_then([&](const SmtpReply& ehlo) { return MailCommand(ehlo, NeedsUtf8(notice)); })
          .and_then([&](const std::string& mail) { return server->Say(mail); })
          .and_then([&](const SmtpReply&) { return server->Say("RCPT TO:<" + notice.to + ">"); })
          .and_then([&](const SmtpReply&) { return server->Say("DATA", 3); })
          .and_then([&](const SmtpReply&) { return server->SendMessage(*message); });
  if (!taken) return tl::unexpected(taken.error());
  // The message is the server's now, whatever it says to this.
  static_cast<void>(server->Say("QUIT"));
  return {};
}

}  // namespace gatepost::submit
