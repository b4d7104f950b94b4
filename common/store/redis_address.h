// Where a Redis node listens. Values; Resolve and Connect belong to the I/O thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace gatepost::store {

struct RedisAddress {
  std::string path;  // of a local socket; empty: TCP
  std::string host;  // a name or an address, IPv6 without brackets
  std::string port = "6379";
  unsigned database = 0;

  // unix:/path[?db=N], redis://host[:port][/db], redis://[2001:db8::1]:6379/1. A password does not
  // belong in a URL, which is shown in logs and process lists: kInvalid.
  static base::Result<RedisAddress> Parse(std::string_view url);
  std::string Format() const;
};

// A non-blocking socket whose connection is made or under way. `attempt` chooses among the
// addresses of a name. Looking up a name may block as long as the system's resolver does.
base::Result<base::UniqueFd> StartConnect(const RedisAddress& address, unsigned attempt);

}  // namespace gatepost::store
