#include "common/dns/server_address.h"

#include <charconv>
#include <optional>

#include "common/base/strings.h"

namespace gatepost::dns {
namespace {

bool ParsePort(std::string_view text, std::uint16_t& port) {
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && rest == end && port != 0;
}

struct HostAndPort {
  std::string_view host;
  std::optional<std::string_view> port;
};

HostAndPort SplitPort(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find("]:");
    if (bracket != text.npos) return {text.substr(1, bracket - 1), text.substr(bracket + 2)};
    if (text.ends_with(']')) return {text.substr(1, text.size() - 2), std::nullopt};
  }
  const std::size_t colon = text.find(':');
  const bool one_colon = colon != text.npos && colon == text.rfind(':');
  if (one_colon) return {text.substr(0, colon), text.substr(colon + 1)};
  return {text, std::nullopt};
}

}  // namespace

base::Result<ServerAddress> ServerAddress::Parse(std::string_view text) {
  const auto [host, port] = SplitPort(text);
  ServerAddress server;
  const auto address = base::IpAddress::Parse(host);
  if (!address || (port && !ParsePort(*port, server.port))) {
    return base::Fail(base::ErrorKind::kInvalid,
                      "not the address of a DNS server: \"" + base::Printable(text, 64) + "\"");
  }
  server.address = *address;
  return server;
}

std::string ServerAddress::Format() const {
  const std::string host = address.Format();
  return (address.is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace gatepost::dns
