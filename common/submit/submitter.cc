#include "common/submit/submitter.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <utility>

#include "common/base/strings.h"
#include "common/submit/message_text.h"
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

// RFC 6531 section 3.4: of the envelope or of the header alone.
bool NeedsUtf8(const Envelope& envelope, std::string_view message) {
  return !IsAscii(envelope.from) || !IsAscii(envelope.to) ||
         !IsAscii(message.substr(0, message.find("\r\n\r\n")));
}

Result<std::string> MailCommand(const SmtpReply& ehlo, const std::string& from, bool utf8) {
  const std::string command = "MAIL FROM:<" + from + ">";
  if (!utf8) return command;
  if (ehlo.Offers("SMTPUTF8")) return command + " BODY=8BITMIME SMTPUTF8";
  return Fail(ErrorKind::kInvalid, "the mail server does not offer SMTPUTF8");
}

bool IsEnvelope(const Envelope& envelope) {
  return IsPlainAddress(envelope.to) && (envelope.from.empty() || IsPlainAddress(envelope.from));
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
  return Deliver({"", notice.to}, *message);
}

Result<void> Submitter::Deliver(const Envelope& envelope, std::string_view message) const {
  if (!IsEnvelope(envelope)) return Fail(ErrorKind::kInvalid, "an envelope's address is not plain");
  auto server = SmtpConversation::Open(*Endpoint::Parse(options_.server),
                                       std::chrono::steady_clock::now() + options_.time);
  if (!server) return tl::unexpected(server.error());
  const bool utf8 = NeedsUtf8(envelope, message);
  const auto taken =
      Greet(*server, options_.host)
          .and_then([&](const SmtpReply& ehlo) { return MailCommand(ehlo, envelope.from, utf8); })
          .and_then([&](const std::string& mail) { return server->Say(mail); })
          .and_then([&](const SmtpReply&) { return server->Say("RCPT TO:<" + envelope.to + ">"); })
          .and_then([&](const SmtpReply&) { return server->Say("DATA", 3); })
          .and_then([&](const SmtpReply&) { return server->SendMessage(message); });
  if (!taken) return tl::unexpected(taken.error());
  // The message is the server's now, whatever it says to this.
  static_cast<void>(server->Say("QUIT"));
  return {};
}

Result<void> Submitter::Reach() const {
  auto server = SmtpConversation::Open(*Endpoint::Parse(options_.server),
                                       std::chrono::steady_clock::now() + options_.time);
  if (!server) return tl::unexpected(server.error());
  const auto greeted = Greet(*server, options_.host);
  if (!greeted) return tl::unexpected(greeted.error());
  static_cast<void>(server->Say("QUIT"));
  return {};
}

}  // namespace gatepost::submit
