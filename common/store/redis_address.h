// Where a Redis node listens, or who knows it. Values; Numeric and StartConnect belong to the I/O
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace gatepost::store {

struct HostAndPort {
  std::string host;  // a name or an address, IPv6 without brackets
  std::string port;
  friend bool operator==(const HostAndPort&, const HostAndPort&) = default;
};

struct RedisAddress {
  std::string path;  // of a local socket; empty: TCP
  std::string host;  // a name or an address, IPv6 without brackets
  std::string port = "6379";
  unsigned database = 0;
  bool tls = false;
  // Not empty: these are asked which node is the primary called primary_name.
  std::vector<HostAndPort> sentinels{};
  std::string primary_name{};

  // unix:/path[?db=N], redis://host[:port][/db], redis://[2001:db8::1]:6379/1,
  // redis+sentinel://host[:port],host[:port].../name[/db]; rediss instead of redis: with TLS. A
  // password does not belong in a URL, which is shown in logs and process lists: kInvalid.
  static base::Result<RedisAddress> Parse(std::string_view url);
  // A node's URL without its database, for the log.
  std::string Format() const;
};

// The same node by its number, looked up as StartConnect does.
base::Result<RedisAddress> Numeric(const RedisAddress& address, unsigned attempt);

// A non-blocking socket whose connection is made or under way. `attempt` chooses among the
// addresses of a name. Looking up a name may block as long as the system's resolver does.
base::Result<base::UniqueFd> StartConnect(const RedisAddress& address, unsigned attempt);

}  // namespace gatepost::store
