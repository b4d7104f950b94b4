#include "common/base/socket_address.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>

namespace gatepost::base {

static_assert(SocketAddress::kLongestPath + 1 == sizeof(sockaddr_un::sun_path));

template <class Form>
void SocketAddress::Take(const Form& form) {
  static_assert(sizeof form <= sizeof storage_);
  std::memcpy(&storage_, &form, sizeof form);
  size_ = sizeof form;
}

SocketAddress SocketAddress::Inet(const IpAddress& address, std::uint16_t port) {
  SocketAddress made;
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.bytes(), sizeof v4.sin_addr);
    made.Take(v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.bytes(), sizeof v6.sin6_addr);
    made.Take(v6);
  }
  return made;
}

Result<SocketAddress> SocketAddress::Local(std::string_view path) {
  if (path.size() > kLongestPath) {
    return Fail(ErrorKind::kInvalid, "the path is longer than 107 bytes");
  }
  if (path.empty()) return Fail(ErrorKind::kInvalid, "the path is empty");
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.data(), path.size());
  SocketAddress made;
  made.Take(local);
  return made;
}

}  // namespace gatepost::base
