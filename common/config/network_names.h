// How the configuration names this host and others: host names, authserv-ids, DNS servers, the
// store's URL. Checked here when the configuration is read; the layers that connect parse with the
// same functions. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/ip_address.h"
#include "common/base/result.h"

namespace gatepost::config {

// Letters, digits, hyphens and dots as RFC 1123 section 2.1 has them, at most 253 bytes; no dot at
// the end.
bool IsHostName(std::string_view text);

// A token of RFC 2045 section 5.1, the form of authserv-id (RFC 8601 section 2.2) that needs no
// quotes; at most 255 bytes.
bool IsToken(std::string_view text);

struct ServerAddress {
  base::IpAddress address;
  std::uint16_t port = 0;
};

// "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or "[2001:db8::1]:5353".
base::Result<ServerAddress> ParseServerAddress(std::string_view text, std::uint16_t default_port);

struct StoreUrl {
  enum class Kind { kMemory, kUnix, kTcp, kSentinel, kCluster };
  Kind kind = Kind::kMemory;
  std::string path;  // kUnix
  // kTcp: a host name or an address without brackets; kSentinel, kCluster: the first
  std::string host;
  std::uint16_t port = 6379;
  int database = 0;
  bool tls = false;
};

// "memory:", "unix:/path", "redis://host[:port][/database]" or
// "redis+cluster://host[:port],host[:port]...",
// "redis+sentinel://host[:port],host[:port].../name[/database]"; "rediss" instead of "redis": TLS.
base::Result<StoreUrl> ParseStoreUrl(std::string_view text);

}  // namespace gatepost::config
