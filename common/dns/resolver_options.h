// How the resolver is set up. Part of the configuration that all programs share; the config layer
// fills it in.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gatepost::dns {

struct ResolverOptions {
  // Recursors, "address", "address:port" or "[address]:port", asked in this order; empty: those of
  // the system's resolv.conf, as it is when the resolver is made.
  std::vector<std::string> servers;

  std::chrono::milliseconds timeout{5000};  // a question's whole time, all attempts together
  unsigned attempts = 2;  // how often each server is asked, each time twice as long

  std::size_t cache_entries = 20'000;
  std::size_t cache_bytes = std::size_t{32} << 20U;
  std::size_t max_outstanding = 4096;  // questions sent and not answered; at most 32,768

  // Bounds within which answers are kept, whatever their TTL says. A few seconds at least, because
  // one message asks the same name several times.
  std::chrono::seconds least_ttl{5};
  std::chrono::seconds most_ttl{86'400};
  std::chrono::seconds least_negative_ttl{5};
  std::chrono::seconds most_negative_ttl{900};
  std::chrono::seconds failure_ttl{2};  // SERVFAIL, time-outs

  // Whether the servers' AD bit counts. Unset: when all of them are loopback addresses, as nobody
  // can change a packet on its way there.
  std::optional<bool> trust_ad;
};

}  // namespace gatepost::dns
