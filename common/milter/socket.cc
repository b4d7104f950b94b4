#include "common/milter/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include "common/base/ip_address.h"
#include "common/base/strings.h"
#include "common/milter/unix_socket.h"

namespace gatepost::milter {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr int kSocketFlags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

struct Endpoint {
  std::string host;
  std::string port;
};

std::string Reason(int error) { return std::generic_category().message(error); }

std::optional<unsigned> ParseNumber(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

// No address means no guess: on all interfaces, the world could speak milter to us.
Result<Endpoint> ParseEndpoint(std::string_view text) {
  const auto parts = base::SplitOnce(text, '@');
  if (!parts || parts->second.empty()) {
    return Fail(ErrorKind::kInvalid, "no address: write port@address, as in 8891@127.0.0.1");
  }
  if (!ParseNumber(parts->first, 65535)) {
    return Fail(ErrorKind::kInvalid,
                "\"" + base::Printable(parts->first) + "\" is not a port number");
  }
  std::string_view host = parts->second;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return Endpoint{std::string(host), std::string(parts->first)};
}

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<AddressList> Resolve(const Endpoint& endpoint, int family) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found);
  if (error != 0) {
    return Fail(ErrorKind::kNotFound, "\"" + base::Printable(endpoint.host) + "\" is no address " +
                                          "of this kind (" + ::gai_strerror(error) + ")");
  }
  return AddressList(found, &::freeaddrinfo);
}

// Accepted connections inherit TCP_NODELAY; without it an edit and the verdict behind it wait for
// each other's acknowledgement.
void SetTcpOptions(int fd, int family) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
}

std::string BoundName(int fd, int family) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  ::getsockname(fd, address, &length);
  const bool v6 = family == AF_INET6;
  const in_port_t port = v6 ? reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port
                            : reinterpret_cast<sockaddr_in*>(&storage)->sin_port;
  const std::string host = base::IpAddress::FromSockaddr(address).Format();
  return (v6 ? "inet6:" : "inet:") + std::to_string(ntohs(port)) + "@" +
         (v6 ? "[" + host + "]" : host);
}

Result<ListeningSocket> OpenTcpSocket(std::string_view text, int family,
                                      const ServerOptions& options) {
  const auto endpoint = ParseEndpoint(text);
  if (!endpoint) return tl::unexpected(endpoint.error());
  const auto addresses = Resolve(*endpoint, family);
  if (!addresses) return tl::unexpected(addresses.error());
  const addrinfo& address = **addresses;
  ListeningSocket made;
  made.fd.Reset(::socket(family, kSocketFlags, 0));
  if (!made.fd) return Fail(ErrorKind::kInternal, "no socket: " + Reason(errno));
  SetTcpOptions(made.fd.get(), family);
  if (::bind(made.fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno == EADDRINUSE) {
      return Fail(ErrorKind::kUnavailable, "another program already listens there");
    }
    return Fail(ErrorKind::kPermission, Reason(errno));
  }
  if (::listen(made.fd.get(), options.backlog) != 0) {
    return Fail(ErrorKind::kInternal, "cannot listen: " + Reason(errno));
  }
  made.name = BoundName(made.fd.get(), family);
  return made;
}

std::optional<int> SocketOption(int fd, int option) {
  int value = 0;
  socklen_t length = sizeof value;
  if (::getsockopt(fd, SOL_SOCKET, option, &value, &length) != 0) return std::nullopt;
  return value;
}

Result<ListeningSocket> TakeInheritedSocket(std::string_view text) {
  const auto number = ParseNumber(text, 65535);
  if (!number || *number < 3) {
    return Fail(ErrorKind::kInvalid, "not the number of an inherited descriptor (3 or more)");
  }
  const int fd = static_cast<int>(*number);
  if (::fcntl(fd, F_GETFD) < 0) {
    return Fail(ErrorKind::kNotFound, "not open: was the program started by its socket unit?");
  }
  if (SocketOption(fd, SO_TYPE) != SOCK_STREAM || SocketOption(fd, SO_ACCEPTCONN) != 1) {
    return Fail(ErrorKind::kInvalid, "not a listening stream socket");
  }
  ListeningSocket taken;
  taken.fd.Reset(fd);
  const int family = SocketOption(fd, SO_DOMAIN).value_or(AF_UNSPEC);
  if (family == AF_INET || family == AF_INET6) SetTcpOptions(fd, family);
  return taken;
}

Result<ListeningSocket> OpenByKind(const ServerOptions& options) {
  const auto parts = base::SplitOnce(options.socket, ':');
  const std::string_view kind = parts ? parts->first : "";
  if (kind == "unix") return OpenUnixSocket(std::string(parts->second), options);
  if (kind == "inet") return OpenTcpSocket(parts->second, AF_INET, options);
  if (kind == "inet6") return OpenTcpSocket(parts->second, AF_INET6, options);
  if (kind == "fd") return TakeInheritedSocket(parts->second);
  return Fail(ErrorKind::kInvalid,
              "not a socket: write unix:/path, inet:port@address, inet6:port@[address] or fd:3");
}

}  // namespace

Result<ListeningSocket> OpenListeningSocket(const ServerOptions& options) {
  auto opened = OpenByKind(options);
  if (!opened) {
    return Fail(opened.error().kind,
                base::Printable(options.socket) + ": " + opened.error().message);
  }
  if (opened->name.empty()) opened->name = options.socket;
  return opened;
}

void RemoveSocketFile(const ListeningSocket& socket) {
  struct stat status {};
  if (socket.unix_path.empty() || ::lstat(socket.unix_path.c_str(), &status) != 0) return;
  if (status.st_dev == socket.device && status.st_ino == socket.inode) {
    ::unlink(socket.unix_path.c_str());
  }
}

Result<base::UniqueFd> ConnectToOwnSocket(int listening_fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(listening_fd, address, &length) != 0) {
    return Fail(ErrorKind::kInternal, Reason(errno));
  }
  base::UniqueFd fd(::socket(storage.ss_family, kSocketFlags, 0));
  if (!fd) return Fail(ErrorKind::kInternal, Reason(errno));
  if (::connect(fd.get(), address, length) == 0 || errno == EINPROGRESS) return fd;
  return Fail(errno == EAGAIN ? ErrorKind::kTimeout : ErrorKind::kUnavailable, Reason(errno));
}

}  // namespace gatepost::milter
