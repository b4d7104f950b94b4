// Serves requests one after the other: who asks, what for, done or not. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "tools/privileged/peers.h"
#include "tools/privileged/privileged_options.h"

namespace gatepost::privileged {

// Immutable once loaded; replaced whole by a reload.
struct PrivilegedConfiguration {
  PrivilegedOptions options;
  AllowedPeers peers;
};

using ConfigurationPtr = std::shared_ptr<const PrivilegedConfiguration>;

class RequestServer {
 public:
  // Reads the configuration anew. Throws config::ConfigError.
  using Loader = std::function<ConfigurationPtr()>;

  RequestServer(ConfigurationPtr configuration, Loader load)
      : configuration_(std::move(configuration)), load_(std::move(load)) {}

  // Until SIGTERM or SIGINT, or until nobody came for `idle_exit` (zero: never). SIGHUP reloads;
  // all three are blocked (milter::BlockSignals). `listening` is a local stream socket.
  base::Result<void> Serve(int listening, std::chrono::milliseconds idle_exit);
  // Answers what comes on one connection, and logs it.
  void ServeOne(int connection) const;

 private:
  base::Result<void> Answer(int connection, const Peer& peer) const;
  void Reload();

  ConfigurationPtr configuration_;
  const Loader load_;
};

}  // namespace gatepost::privileged
