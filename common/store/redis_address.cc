#include "common/store/redis_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "common/base/socket_address.h"
#include "common/base/strings.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using base::UniqueFd;

constexpr std::size_t kMaxSentinels = 16;

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
  if (rest.size() > base::SocketAddress::kLongestPath) return BadUrl("the path is too long");
  address.path = rest;
  return address;
}

// "host:port", "[v6]:port", "host"; nothing where brackets or port are wrong.
std::optional<HostAndPort> ParseHost(std::string_view text, std::string_view default_port) {
  HostAndPort parsed{{}, std::string(default_port)};
  std::string_view port_part;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    parsed.host = text.substr(1, close - 1);
    port_part = text.substr(close + 1);
  } else {
    const std::size_t colon = text.find(':');
    parsed.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port_part = text.substr(colon);
  }
  if (parsed.host.empty()) return std::nullopt;
  if (port_part.empty()) return parsed;
  const auto port = ParseNumber(port_part.substr(1), 65'535);
  if (port_part.front() != ':' || !port || *port == 0) return std::nullopt;
  parsed.port = std::to_string(*port);
  return parsed;
}

Result<unsigned> ParseDatabase(std::string_view text) {
  const auto database = text.empty() ? 0 : ParseNumber(text, 1'000'000);
  if (!database) return BadUrl("the database is not a number");
  return *database;
}

Result<RedisAddress> ParseTcp(std::string_view rest) {
  const auto [authority, database] = base::SplitOnce(rest, '/').value_or(std::pair(rest, ""));
  const auto node = ParseHost(authority, "6379");
  if (!node) return BadUrl("expected redis://host:port/db");
  RedisAddress address;
  address.host = node->host;
  address.port = node->port;
  return ParseDatabase(database).map([&](unsigned number) {
    address.database = number;
    return address;
  });
}

Result<RedisAddress> ParseSentinel(std::string_view rest) {
  const auto parts = base::Split(rest, '/');
  if (parts.size() < 2 || parts.size() > 3 || parts[1].empty()) {
    return BadUrl("expected redis+sentinel://host:port,host:port/name/db");
  }
  RedisAddress address;
  address.primary_name = parts[1];
  for (const std::string_view one : base::Split(parts[0], ',')) {
    auto sentinel = ParseHost(one, "26379");
    if (!sentinel) return BadUrl("a sentinel is not of the form host:port");
    address.sentinels.push_back(std::move(*sentinel));
  }
  if (address.sentinels.size() > kMaxSentinels) return BadUrl("too many sentinels");
  return ParseDatabase(parts.size() == 3 ? parts[2] : "").map([&](unsigned number) {
    address.database = number;
    return address;
  });
}

Result<RedisAddress> ParseServer(std::string_view url, bool tls) {
  const auto [scheme, rest] = base::SplitOnce(url, ':').value_or(std::pair(url, ""));
  if (!rest.starts_with("//"))
    return BadUrl("expected \"//\" after \"" + std::string(scheme) + ":\"");
  if (rest.find('@') != std::string_view::npos) {
    return BadUrl("a password does not belong here, name its file instead");
  }
  auto address =
      scheme.ends_with("+sentinel") ? ParseSentinel(rest.substr(2)) : ParseTcp(rest.substr(2));
  if (address) address->tls = tls;
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
  const auto target = base::SocketAddress::Local(address.path);
  if (!target) return tl::unexpected(target.error());
  return Connect(AF_UNIX, target->get(), target->size(), address.Format());
}

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

// Never empty.
Result<AddressList> LookUp(const RedisAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (failure != 0) {
    return Fail(ErrorKind::kUnavailable, address.Format() + ": " + ::gai_strerror(failure));
  }
  return AddressList(found, ::freeaddrinfo);
}

const addrinfo& Choose(const AddressList& list, unsigned attempt) {
  unsigned count = 0;
  const addrinfo* one = list.get();
  for (; one; one = one->ai_next) ++count;
  one = list.get();
  for (unsigned skip = attempt % count; skip > 0; --skip) one = one->ai_next;
  return *one;
}

Result<UniqueFd> ConnectTcp(const RedisAddress& address, unsigned attempt) {
  const auto list = LookUp(address);
  if (!list) return tl::unexpected(list.error());
  const addrinfo& one = Choose(*list, attempt);
  return Connect(one.ai_family, one.ai_addr, one.ai_addrlen, address.Format());
}

}  // namespace

Result<RedisAddress> RedisAddress::Parse(std::string_view url) {
  if (url.find('\0') != std::string_view::npos) return BadUrl("it holds a NUL byte");
  if (url.starts_with("unix:")) return ParseUnix(url.substr(5));
  for (const std::string_view scheme : {"redis:", "redis+sentinel:"}) {
    if (url.starts_with(scheme)) return ParseServer(url, false);
  }
  for (const std::string_view scheme : {"rediss:", "rediss+sentinel:"}) {
    if (url.starts_with(scheme)) return ParseServer(url, true);
  }
  return BadUrl(
      "expected memory:, unix:/path, redis://host:port/db or "
      "redis+sentinel://host:port,host:port/name/db");
}

std::string RedisAddress::Format() const {
  if (!path.empty()) return "unix:" + path;
  const bool v6 = host.find(':') != std::string::npos;
  return (tls ? "rediss://" : "redis://") + (v6 ? "[" + host + "]" : host) + ":" + port;
}

Result<RedisAddress> Numeric(const RedisAddress& address, unsigned attempt) {
  const auto list = LookUp(address);
  if (!list) return tl::unexpected(list.error());
  const addrinfo& one = Choose(*list, attempt);
  RedisAddress numeric = address;
  std::array<char, NI_MAXHOST> text{};
  if (::getnameinfo(one.ai_addr, one.ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) == 0) {
    numeric.host = text.data();
  }
  return numeric;
}

Result<UniqueFd> StartConnect(const RedisAddress& address, unsigned attempt) {
  return address.path.empty() ? ConnectTcp(address, attempt) : ConnectUnix(address);
}

}  // namespace gatepost::store
