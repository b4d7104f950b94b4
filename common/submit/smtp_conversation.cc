#include "common/submit/smtp_conversation.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "common/base/socket_address.h"
#include "common/base/strings.h"

namespace gatepost::submit {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::steady_clock;

tl::unexpected<base::Error> Broken(int error_number) {
  return Fail(ErrorKind::kUnavailable,
              "SMTP connection: " + std::generic_category().message(error_number));
}

}  // namespace

Result<Endpoint> Endpoint::Parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = base::IpAddress::Parse(host);
  std::uint16_t port = 0;
  const std::string_view digits = colon == text.npos ? "" : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool port_fits = error == std::errc() && end == digits.data() + digits.size() && port != 0;
  if (!address || !port_fits || bracketed != (host.find(':') != host.npos)) {
    return Fail(ErrorKind::kInvalid, "expected address:port, such as 127.0.0.1:25 or [::1]:25");
  }
  return Endpoint{*address, port};
}

Result<SmtpConversation> SmtpConversation::Open(const Endpoint& server, base::Deadline deadline) {
  const auto target = base::SocketAddress::Inet(server.address, server.port);
  base::UniqueFd fd(::socket(target.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return Broken(errno);
  if (::connect(fd.get(), target.get(), target.size()) != 0 && errno != EINPROGRESS) {
    return Broken(errno);
  }
  SmtpConversation conversation(std::move(fd), deadline);
  if (const auto ready = conversation.WaitFor(POLLOUT); !ready) {
    return tl::unexpected(ready.error());
  }
  return conversation;
}

Result<void> SmtpConversation::WaitFor(short events) const {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_ - steady_clock::now()).count();
    if (left <= 0) return Fail(ErrorKind::kTimeout, "the SMTP server took too long");
    pollfd polled{fd_.get(), events, 0};
    const int ready = ::poll(&polled, 1, static_cast<int>(std::min<long>(left, 60'000)));
    if (ready > 0) return {};  // an error shows at the next call
    if (ready < 0 && errno != EINTR) return Broken(errno);
  }
}

Result<void> SmtpConversation::SendAll(std::string_view bytes) const {
  while (!bytes.empty()) {
    if (const auto ready = WaitFor(POLLOUT); !ready) return ready;
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent < 0) return Broken(errno);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<void> SmtpConversation::Receive() {
  if (const auto ready = WaitFor(POLLIN); !ready) return ready;
  std::array<char, 4096> chunk;
  const ssize_t size = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
  if (size == 0) return Fail(ErrorKind::kUnavailable, "the SMTP server closed the connection");
  if (size < 0) return errno == EAGAIN || errno == EINTR ? Result<void>() : Broken(errno);
  reader_.Feed({chunk.data(), static_cast<std::size_t>(size)});
  return {};
}

base::Error SmtpConversation::Refusal(std::string_view command, const SmtpReply& reply) {
  const int reply_class = reply.code / 100;
  const auto kind = reply_class == 4   ? ErrorKind::kUnavailable
                    : reply_class == 5 ? ErrorKind::kPermission
                                       : ErrorKind::kInvalid;
  return {kind, "SMTP " + std::string(command) + ": " + std::to_string(reply.code) + " " +
                    base::Printable(reply.lines.back())};
}

Result<SmtpReply> SmtpConversation::Await(std::string_view command, int wanted) {
  for (;;) {
    auto reply = reader_.Next();
    if (!reply) return tl::unexpected(reply.error());
    if (*reply && (*reply)->code / 100 == wanted) return std::move(**reply);
    if (*reply) return tl::unexpected(Refusal(command, **reply));
    if (const auto received = Receive(); !received) return tl::unexpected(received.error());
  }
}

Result<SmtpReply> SmtpConversation::Say(const std::string& line, int wanted) {
  if (const auto sent = SendAll(line + "\r\n"); !sent) return tl::unexpected(sent.error());
  return Await(line.substr(0, line.find_first_of(" :")), wanted);
}

Result<SmtpReply> SmtpConversation::SendMessage(std::string_view message) {
  std::string stuffed;
  for (const std::string_view line : base::Split(message, '\n')) {
    if (line.starts_with('.')) stuffed += '.';
    stuffed.append(line).append("\n");
  }
  // The part after the last line end is empty, and so the extra "\n" is taken back.
  stuffed.resize(stuffed.size() - 1);
  if (!stuffed.ends_with("\r\n")) stuffed += "\r\n";
  if (const auto sent = SendAll(stuffed + ".\r\n"); !sent) return tl::unexpected(sent.error());
  return Await("end of message");
}

}  // namespace gatepost::submit
