// A server that the configuration names: "127.0.0.1", "192.0.2.1:5353", "2001:db8::1",
// "[::1]:5353". A value; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/ip_address.h"
#include "common/base/result.h"

namespace gatepost::dns {

struct ServerAddress {
  base::IpAddress address;
  std::uint16_t port = 53;

  // kInvalid with a sentence for the log where `text` is not such an address.
  static base::Result<ServerAddress> Parse(std::string_view text);
  std::string Format() const;  // always with its port
};

}  // namespace gatepost::dns
