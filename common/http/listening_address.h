// Where a program serves HTTP: an address and a port. Opened at start, by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace gatepost::http {

struct ListeningAddress {
  base::IpAddress address;
  std::uint16_t port = 0;  // 0: the system chooses one

  // "127.0.0.1:4001", "[::1]:4001"; never a name.
  static base::Result<ListeningAddress> Parse(std::string_view text);
  std::string Format() const;
};

// A listening socket that does not block; kUnavailable with the address and why.
base::Result<base::UniqueFd> Listen(const ListeningAddress& address);
// Where it listens in fact.
ListeningAddress LocalAddress(const base::UniqueFd& socket);

}  // namespace gatepost::http
