#include "milters/attachments/clamd_socket.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "common/submit/smtp_conversation.h"
#include "milters/attachments/clamd_reply.h"

namespace gatepost::attachments {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using base::SocketAddress;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

tl::unexpected<base::Error> Broken(int number) {
  return Fail(ErrorKind::kUnavailable, "clamd: " + std::generic_category().message(number));
}

Result<void> ConnectionState(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return Broken(errno);
  if (error != 0) return Broken(error);
  return {};
}

}  // namespace

Result<SocketAddress> ParseClamdAddress(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (!text.starts_with(kUnix)) {
    const auto endpoint = submit::Endpoint::Parse(text);
    if (endpoint) return SocketAddress::Inet(endpoint->address, endpoint->port);
    return Fail(ErrorKind::kInvalid,
                "expected unix:/path, or address:port such as 127.0.0.1:3310 or [::1]:3310");
  }
  const std::string_view path = text.substr(kUnix.size());
  auto local = SocketAddress::Local(path);
  if (local && path.starts_with('/')) return local;
  return Fail(ErrorKind::kInvalid, "expected an absolute path of at most 107 bytes after unix:");
}

Result<void> ClamdSocket::Await(short events, Left& left) const {
  const auto begin = steady_clock::now();
  const auto end = begin + left;
  int ready = 0;
  do {
    const auto rest = std::chrono::ceil<milliseconds>(end - steady_clock::now()).count();
    pollfd watched{fd_.get(), events, 0};
    ready = ::poll(&watched, 1, static_cast<int>(std::clamp<std::int64_t>(rest, 0, 60'000)));
  } while (ready <= 0 && steady_clock::now() < end);
  left = std::max(Left(0), left - std::chrono::duration_cast<Left>(steady_clock::now() - begin));
  if (ready > 0) return {};
  return Fail(ErrorKind::kTimeout, "clamd took too long");
}

Result<ClamdSocket> ClamdSocket::Connect(const SocketAddress& address, Left& left) {
  ClamdSocket socket(
      base::UniqueFd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
  if (!socket.fd_) return Broken(errno);
  if (::connect(socket.fd_.get(), address.get(), address.size()) == 0) return socket;
  // A full backlog of a local socket (EAGAIN) cannot be waited for.
  if (errno != EINPROGRESS) return Broken(errno);
  if (const auto ready = socket.Await(POLLOUT, left); !ready) return tl::unexpected(ready.error());
  if (const auto state = ConnectionState(socket.fd_.get()); !state) {
    return tl::unexpected(state.error());
  }
  return socket;
}

Result<void> ClamdSocket::Send(std::span<const std::byte> bytes, Left& left) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (const auto ready = Await(POLLOUT, left); !ready) return ready;
    } else if (errno != EINTR) {
      return Broken(errno);
    }
  }
  return {};
}

Result<std::string> ClamdSocket::Receive(Left& left) {
  std::string reply;
  std::array<char, 512> piece;
  while (reply.size() <= kMostClamdReplyBytes) {
    const ssize_t size = ::recv(fd_.get(), piece.data(), piece.size(), 0);
    if (size == 0) return Fail(ErrorKind::kUnavailable, "clamd hung up without an answer");
    if (size > 0) {
      reply.append(piece.data(), static_cast<std::size_t>(size));
      if (const auto end = reply.find('\0'); end != reply.npos) return reply.substr(0, end);
    } else if (errno == EAGAIN) {
      if (const auto ready = Await(POLLIN, left); !ready) return tl::unexpected(ready.error());
    } else if (errno != EINTR) {
      return Broken(errno);
    }
  }
  return Fail(ErrorKind::kInvalid, "clamd's answer has no end");
}

}  // namespace gatepost::attachments
