#include "common/http/listening_address.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

#include "common/base/socket_address.h"

namespace gatepost::http {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr int kBacklog = 512;

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

Result<ListeningAddress> ListeningAddress::Parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = base::IpAddress::Parse(host);
  const auto port = ParsePort(text.substr(colon == std::string_view::npos ? 0 : colon + 1));
  if (!address || !port || address->is_v6() != bracketed) {
    return Fail(ErrorKind::kInvalid, "must be an address and port, like \"127.0.0.1:4001\"");
  }
  return ListeningAddress{*address, *port};
}

std::string ListeningAddress::Format() const {
  const std::string host = address.Format();
  return (address.is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<base::UniqueFd> Listen(const ListeningAddress& address) {
  const auto to = base::SocketAddress::Inet(address.address, address.port);
  base::UniqueFd socket(::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  const bool listens =
      socket && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::bind(socket.get(), to.get(), to.size()) == 0 && ::listen(socket.get(), kBacklog) == 0;
  if (listens) return socket;
  return Fail(ErrorKind::kUnavailable,
              address.Format() + ": " + std::system_category().message(errno));
}

ListeningAddress LocalAddress(const base::UniqueFd& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  ListeningAddress local;
  local.address = base::IpAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&storage));
  in_port_t port = 0;  // at the same place in both families
  std::memcpy(&port, reinterpret_cast<const char*>(&storage) + offsetof(sockaddr_in, sin_port),
              sizeof port);
  local.port = ntohs(port);
  return local;
}

}  // namespace gatepost::http
