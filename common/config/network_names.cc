#include "common/config/network_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "common/base/socket_address.h"
#include "common/base/strings.h"

namespace gatepost::config {
namespace {

using base::ErrorKind;
using base::Fail;

constexpr std::size_t kLongestHostName = 253;
constexpr std::size_t kMostNodes = 16;
constexpr std::size_t kLongestToken = 255;

bool IsLabel(std::string_view label) {
  const auto is_letter = [](char c) {
    return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '-';
  };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), is_letter);
}

// Digits alone: no sign, no blanks.
template <class Number>
std::optional<Number> ParseNumber(std::string_view text, Number least, Number most) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || number < least || number > most) return std::nullopt;
  return number;
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  return ParseNumber<std::uint16_t>(text, 1, 65535);
}

struct HostAndPort {
  std::string_view host;  // without brackets
  bool bracketed = false;
  std::optional<std::string_view> port;
};

// A colon begins the port, except that an address in IPv6's form needs brackets for that.
std::optional<HostAndPort> SplitPort(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    HostAndPort split{text.substr(1, close - 1), true, std::nullopt};
    if (rest.empty()) return split;
    if (rest.front() != ':') return std::nullopt;
    split.port = rest.substr(1);
    return split;
  }
  const auto parts = base::SplitOnce(text, ':');
  if (!parts || parts->second.find(':') != std::string_view::npos) {
    return HostAndPort{text, false, std::nullopt};
  }
  return HostAndPort{parts->first, false, parts->second};
}

tl::unexpected<base::Error> NotAStoreUrl() {
  return Fail(ErrorKind::kInvalid,
              "must be \"memory:\", \"unix:/path\", \"redis://host:port/database\", "
              "\"redis+sentinel://host:port,host:port/name/database\" or "
              "\"redis+cluster://host:port,host:port\"");
}

base::Result<StoreUrl> ParseUnixUrl(std::string_view path) {
  if (path.empty() || path.front() != '/') {
    return Fail(ErrorKind::kInvalid, "must name an absolute path after \"unix:\"");
  }
  if (path.size() > base::SocketAddress::kLongestPath) {
    return Fail(ErrorKind::kInvalid, "names a path longer than 107 bytes");
  }
  StoreUrl url;
  url.kind = StoreUrl::Kind::kUnix;
  url.path = path;
  return url;
}

bool IsHost(const HostAndPort& split) {
  const auto address = base::IpAddress::Parse(split.host);
  if (split.bracketed) return address && address->is_v6();
  return (address && address->is_v4()) || IsHostName(split.host);
}

base::Result<StoreUrl> ParseNode(std::string_view text, std::string_view default_port) {
  const auto split = SplitPort(text);
  if (!split || !IsHost(*split)) return NotAStoreUrl();
  const auto port = ParsePort(split->port.value_or(default_port));
  if (!port) return Fail(ErrorKind::kInvalid, "must have a port from 1 to 65535");
  StoreUrl url;
  url.kind = StoreUrl::Kind::kTcp;
  url.host = split->host;
  url.port = *port;
  return url;
}

base::Result<StoreUrl> WithDatabase(StoreUrl url, std::string_view text) {
  const auto database = ParseNumber<int>(text.empty() ? "0" : text, 0, 1'000'000);
  if (!database) return Fail(ErrorKind::kInvalid, "must have a number as database");
  url.database = *database;
  return url;
}

base::Result<StoreUrl> ParseTcpUrl(std::string_view text) {
  const auto path = base::SplitOnce(text, '/');
  return ParseNode(path ? path->first : text, "6379").and_then([&](StoreUrl url) {
    return WithDatabase(std::move(url), path ? path->second : "");
  });
}

base::Result<StoreUrl> ParseSentinelUrl(std::string_view text) {
  const auto parts = base::Split(text, '/');
  if (parts.size() < 2 || parts.size() > 3 || parts[1].empty()) return NotAStoreUrl();
  const auto sentinels = base::Split(parts[0], ',');
  if (sentinels.size() > kMostNodes) {
    return Fail(ErrorKind::kInvalid, "must name at most 16 sentinels");
  }
  for (const std::string_view one : sentinels) {
    if (const auto node = ParseNode(one, "26379"); !node) return node;
  }
  auto url = *ParseNode(sentinels.front(), "26379");
  url.kind = StoreUrl::Kind::kSentinel;
  return WithDatabase(std::move(url), parts.size() == 3 ? parts[2] : "");
}

base::Result<StoreUrl> ParseClusterUrl(std::string_view text) {
  const auto nodes = base::Split(text, ',');
  if (nodes.size() > kMostNodes) return Fail(ErrorKind::kInvalid, "must name at most 16 nodes");
  if (text.find('/') != std::string_view::npos) {
    return Fail(ErrorKind::kInvalid, "must name no database, as a cluster has none");
  }
  for (const std::string_view one : nodes) {
    if (const auto node = ParseNode(one, "6379"); !node) return node;
  }
  auto url = *ParseNode(nodes.front(), "6379");
  url.kind = StoreUrl::Kind::kCluster;
  return url;
}

base::Result<StoreUrl> ParseServerUrl(std::string_view scheme, std::string_view text) {
  if (text.find('@') != std::string_view::npos) {
    return Fail(ErrorKind::kInvalid,
                "must not hold a user or password; give \"username\" and \"password_file\"");
  }
  const auto parse = scheme.ends_with("+sentinel")  ? ParseSentinelUrl
                     : scheme.ends_with("+cluster") ? ParseClusterUrl
                                                    : ParseTcpUrl;
  return parse(text).map([&](StoreUrl url) {
    url.tls = scheme.starts_with("rediss");
    return url;
  });
}

}  // namespace

bool IsHostName(std::string_view text) {
  if (text.empty() || text.size() > kLongestHostName) return false;
  const auto labels = base::Split(text, '.');
  return std::all_of(labels.begin(), labels.end(), IsLabel);
}

bool IsToken(std::string_view text) {
  static constexpr std::string_view kSpecials = "()<>@,;:\\\"/[]?=";
  return !text.empty() && text.size() <= kLongestToken &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return c > 0x20 && c < 0x7f && kSpecials.find(c) == std::string_view::npos;
         });
}

base::Result<ServerAddress> ParseServerAddress(std::string_view text, std::uint16_t default_port) {
  const auto split = SplitPort(text);
  if (!split) return Fail(ErrorKind::kInvalid, "must close its bracket before the port");
  const auto address = base::IpAddress::Parse(split->host);
  if (!address) return tl::unexpected(address.error());
  if (!split->port) return ServerAddress{*address, default_port};
  const auto port = ParsePort(*split->port);
  if (!port) return Fail(ErrorKind::kInvalid, "must have a port from 1 to 65535");
  return ServerAddress{*address, *port};
}

base::Result<StoreUrl> ParseStoreUrl(std::string_view text) {
  static constexpr std::string_view kUnix = "unix:";
  static constexpr std::array<std::string_view, 6> kServers{
      "redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"};
  if (text == "memory:") return StoreUrl{};
  if (text.substr(0, kUnix.size()) == kUnix) return ParseUnixUrl(text.substr(kUnix.size()));
  const std::string_view scheme = text.substr(0, text.find("://"));
  if (scheme == text || std::count(kServers.begin(), kServers.end(), scheme) == 0) {
    return NotAStoreUrl();
  }
  return ParseServerUrl(scheme, text.substr(scheme.size() + 3));
}

}  // namespace gatepost::config
