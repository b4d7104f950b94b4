// Serves HTTP/1 to callers on this host: bounded in connections, bytes, threads and time, whatever
// they send. One thread reads; workers call the handler.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/http/listening_address.h"
#include "common/http/request.h"
#include "common/http/request_extent.h"

namespace gatepost::http {

struct ServerOptions {
  ListeningAddress address;
  std::size_t workers = 8;
  std::size_t max_connections = 256;  // beyond it the one silent for longest is closed
  RequestLimits limits;
  std::chrono::milliseconds request_timeout{5'000};  // from a request's first byte to its last
  std::chrono::milliseconds idle_timeout{60'000};    // of a connection between requests
  std::chrono::milliseconds write_timeout{5'000};    // of one reply
};

struct ServerCounts {
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;  // malformed or beyond a bound
  std::size_t connections = 0;
};

class Server {
 public:
  // Listens and serves. The handler is called by `workers` threads at once.
  static base::Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Handler handler);
  // Takes no more requests, lets those under way finish, closes all.
  ~Server();

  ListeningAddress address() const;
  ServerCounts counts() const;
  // Whether the reading thread has come round within the last `time`; for a watchdog.
  bool IsAlive(std::chrono::milliseconds time) const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::http
