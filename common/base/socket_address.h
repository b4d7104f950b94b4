// An address in the form that the system's calls for sockets take. Values; any thread.
//
//   const auto target = SocketAddress::Local("/run/clamav/clamd.ctl");
//   ::connect(fd, target->get(), target->size());
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/ip_address.h"
#include "common/base/result.h"

namespace gatepost::base {

class SocketAddress {
 public:
  // Of a local socket's path, in bytes.
  static constexpr std::size_t kLongestPath = 107;

  // `address` is one of IPv4 or IPv6; no other has a form.
  static SocketAddress Inet(const IpAddress& address, std::uint16_t port);
  // A socket's path. kInvalid where it is longer, or empty.
  static Result<SocketAddress> Local(std::string_view path);

  int family() const { return storage_.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }

 private:
  template <class Form>
  void Take(const Form& form);

  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

}  // namespace gatepost::base
