#include "common/store/redis_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>

#include "common/base/strings.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using base::UniqueFd;

tl::unexpected<base::Error> BadUrl(std::string_view why) {
  return Fail(ErrorKind::kInvalid, "store URL: " + std::string(why));
}

std::optional<unsigned> ParseNumber(std::string_view text, unsigned largest) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value <= largest ? std::optional(value) : std::nullopt;
}

Result<RedisAddress> ParseUnix(std::string_view rest) {
  RedisAddress address;
  const auto query = base::SplitOnce(rest, '?');
  if (query) rest = query->first;
  if (query && !query->second.starts_with("db=")) return BadUrl("after \"?\" only db=N may stand");
  if (query) {
    const auto database = ParseNumber(query->second.substr(3), 1'000'000);
    if (!database) return BadUrl("db is not a number");
    address.database = *database;
  }
  if (rest.empty() || rest.front() != '/') return BadUrl("the path must begin with \"/\"");
  if (rest.size() >= sizeof(sockaddr_un::sun_path)) return BadUrl("the path is too long");
  address.path = rest;
  return address;
}

// Splits "host:port", "[v6]:port", "host"; false where brackets or port are wrong.
bool TakeHostAndPort(std::string_view authority, RedisAddress& address) {
  std::string_view port_part;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return false;
    address.host = authority.substr(1, close - 1);
    port_part = authority.substr(close + 1);
  } else {
    const std::size_t colon = authority.find(':');
    address.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port_part = authority.substr(colon);
  }
  if (address.host.empty()) return false;
  if (port_part.empty()) return true;
  const auto port = ParseNumber(port_part.substr(1), 65'535);
  if (port_part.front() != ':' || !port || *port == 0) return false;
  address.port = std::to_string(*port);
  return true;
}

Result<RedisAddress> ParseTcp(std::string_view rest) {
  RedisAddress address;
  const auto slash = base::SplitOnce(rest, '/');
  const std::string_view authority = slash ? slash->first : rest;
  if (authority.find('@') != std::string_view::npos) {
    return BadUrl("a password does not belong here, name its file instead");
  }
  if (slash && !slash->second.empty()) {
    const auto database = ParseNumber(slash->second, 1'000'000);
    if (!database) return BadUrl("the database is not a number");
    address.database = *database;
  }
  if (!TakeHostAndPort(authority, address)) return BadUrl("expected redis://host:port/db");
  return address;
}

std::string SystemError(int number) { return std::generic_category().message(number); }

// `what` names the address for the log.
Result<UniqueFd> Connect(int family, const sockaddr* address, socklen_t size,
                         const std::string& what) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return Fail(ErrorKind::kUnavailable, "socket: " + SystemError(errno));
  if (family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (::connect(fd.get(), address, size) != 0 && errno != EINPROGRESS) {
    return Fail(ErrorKind::kUnavailable, what + ": " + SystemError(errno));
  }
  return fd;
}

Result<UniqueFd> ConnectUnix(const RedisAddress& address) {
  sockaddr_un target{};
  target.sun_family = AF_UNIX;
  std::memcpy(target.sun_path, address.path.data(), address.path.size());
  return Connect(AF_UNIX, reinterpret_cast<const sockaddr*>(&target), sizeof target,
                 address.Format());
}

Result<UniqueFd> ConnectTcp(const RedisAddress& address, unsigned attempt) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (failure != 0) {
    return Fail(ErrorKind::kUnavailable, address.Format() + ": " + ::gai_strerror(failure));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  unsigned count = 0;
  for (const addrinfo* one = found; one; one = one->ai_next) ++count;
  for (unsigned skip = attempt % count; skip > 0; --skip) found = found->ai_next;
  return Connect(found->ai_family, found->ai_addr, found->ai_addrlen, address.Format());
}

}  // namespace

Result<RedisAddress> RedisAddress::Parse(std::string_view url) {
  if (url.find('\0') != std::string_view::npos) return BadUrl("it holds a NUL byte");
  if (url.starts_with("unix:")) return ParseUnix(url.substr(5));
  if (url.starts_with("redis://")) return ParseTcp(url.substr(8));
  return BadUrl("expected memory:, unix:/path or redis://host:port/db");
}

std::string RedisAddress::Format() const {
  if (!path.empty()) return "unix:" + path;
  const bool v6 = host.find(':') != std::string::npos;
  return "redis://" + (v6 ? "[" + host + "]" : host) + ":" + port;
}

Result<UniqueFd> StartConnect(const RedisAddress& address, unsigned attempt) {
  return address.path.empty() ? ConnectTcp(address, attempt) : ConnectUnix(address);
}

}  // namespace gatepost::store
