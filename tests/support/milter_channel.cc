#include "tests/support/milter_channel.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

namespace gatepost::support {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::size_t kMaxFrameBytes = std::size_t{32} << 20U;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

std::string ErrnoText(std::string_view what, int error) {
  return std::string(what) + ": " + std::generic_category().message(error);
}

Result<SocketAddress> UnixAddress(std::string_view path) {
  SocketAddress address;
  sockaddr_un un{};
  if (path.empty() || path.size() >= sizeof un.sun_path) {
    return Fail(ErrorKind::kInvalid, "a socket path has 1 to 107 bytes");
  }
  un.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), un.sun_path);
  std::memcpy(&address.storage, &un, sizeof un);
  address.length = sizeof un;
  return address;
}

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

std::optional<HostPort> SplitHostPort(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::size_t colon = text.rfind(':');
  if (at == std::string_view::npos && colon == std::string_view::npos) return std::nullopt;
  std::string_view port =
      at != std::string_view::npos ? text.substr(0, at) : text.substr(colon + 1);
  std::string_view host =
      at != std::string_view::npos ? text.substr(at + 1) : text.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  HostPort result{std::string(host), 0};
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) return std::nullopt;
  return result;
}

Result<SocketAddress> InetAddress(std::string_view text, bool v6) {
  const auto split = SplitHostPort(text);
  if (!split) return Fail(ErrorKind::kInvalid, "not port@host: " + std::string(text));
  const std::string host = split->host == "localhost" ? (v6 ? "::1" : "127.0.0.1") : split->host;
  SocketAddress address;
  sockaddr_in in4{};
  sockaddr_in6 in6{};
  if (!v6 && inet_pton(AF_INET, host.c_str(), &in4.sin_addr) == 1) {
    in4.sin_family = AF_INET;
    in4.sin_port = htons(split->port);
    std::memcpy(&address.storage, &in4, address.length = sizeof in4);
    return address;
  }
  if (inet_pton(AF_INET6, host.c_str(), &in6.sin6_addr) == 1) {
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(split->port);
    std::memcpy(&address.storage, &in6, address.length = sizeof in6);
    return address;
  }
  return Fail(ErrorKind::kInvalid, "not a numeric address: " + host);
}

Result<SocketAddress> ParseSocket(std::string_view socket) {
  const std::size_t colon = socket.find(':');
  const std::string_view kind = socket.substr(0, colon);
  const std::string_view rest =
      colon == std::string_view::npos ? std::string_view() : socket.substr(colon + 1);
  if (kind == "unix" || kind == "local") return UnixAddress(rest);
  if (kind == "inet" || kind == "inet6") return InetAddress(rest, kind == "inet6");
  return Fail(ErrorKind::kInvalid, "not a socket: " + std::string(socket));
}

// Waits for `events`; false when the deadline passes first.
bool WaitFor(int fd, short events, base::Deadline deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<long>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Result<void> FinishConnect(int fd, base::Deadline deadline) {
  if (!WaitFor(fd, POLLOUT, deadline)) return Fail(ErrorKind::kTimeout, "connect timed out");
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return Fail(ErrorKind::kUnavailable, ErrnoText("connect", error));
  return {};
}

}  // namespace

Result<base::UniqueFd> ConnectSocket(std::string_view socket, std::chrono::milliseconds timeout) {
  const auto address = ParseSocket(socket);
  if (!address) return tl::unexpected(address.error());
  const int family = address->storage.ss_family;
  base::UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return Fail(ErrorKind::kInternal, ErrnoText("socket", errno));
  const int on = 1;
  if (family != AF_UNIX) ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto* const raw = reinterpret_cast<const sockaddr*>(&address->storage);
  if (::connect(fd.get(), raw, address->length) == 0) return fd;
  if (errno != EINPROGRESS) {
    return Fail(ErrorKind::kUnavailable, ErrnoText("connect " + std::string(socket), errno));
  }
  const auto done = FinishConnect(fd.get(), std::chrono::steady_clock::now() + timeout);
  if (!done) return tl::unexpected(done.error());
  return fd;
}

MilterChannel::MilterChannel(base::UniqueFd fd) : fd_(std::move(fd)) {
  const int flags = ::fcntl(fd_.get(), F_GETFL);
  ::fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK);
}

Result<void> MilterChannel::Send(std::string_view bytes, base::Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!WaitFor(fd_.get(), POLLOUT, deadline)) {
        return Fail(ErrorKind::kTimeout, "the milter does not read");
      }
    } else if (errno != EINTR) {
      return Fail(ErrorKind::kUnavailable, ErrnoText("send", errno));
    }
  }
  return {};
}

Result<bool> MilterChannel::ReadSome(base::Deadline deadline) {
  std::array<char, 65536> chunk;
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (got == 0) return false;
    if (got > 0) {
      input_.append(chunk.data(), static_cast<std::size_t>(got));
      return true;
    }
    if (errno == ECONNRESET) return false;
    if (errno != EAGAIN && errno != EINTR) {
      return Fail(ErrorKind::kUnavailable, ErrnoText("recv", errno));
    }
    if (!WaitFor(fd_.get(), POLLIN, deadline)) {
      return Fail(ErrorKind::kTimeout, "no answer from the milter in time");
    }
  }
}

Result<Frame> MilterChannel::Receive(base::Deadline deadline) {
  for (;;) {
    if (auto frame = TakeFrame(input_)) return *std::move(frame);
    if (input_.size() >= 4 && ReadUint32(input_) > kMaxFrameBytes) {
      return Fail(ErrorKind::kLimit, "a frame of more than 32 MiB");
    }
    const auto more = ReadSome(deadline);
    if (!more) return tl::unexpected(more.error());
    if (!*more) return Fail(ErrorKind::kUnavailable, "the milter closed the connection");
  }
}

Result<void> MilterChannel::WaitForClose(base::Deadline deadline) {
  for (;;) {
    const auto more = ReadSome(deadline);
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    input_.clear();
  }
}

bool MilterChannel::HasInput() {
  if (!input_.empty()) return true;
  pollfd entry{fd_.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

void MilterChannel::CloseWriting() { ::shutdown(fd_.get(), SHUT_WR); }

void MilterChannel::Close() { fd_.Reset(); }

void MilterChannel::Reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  fd_.Reset();
}

}  // namespace gatepost::support
