// Serves the milter protocol; the only user of libmilter. One server per process (libmilter is a
// singleton).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "common/milter/service.h"

namespace gatepost::milter {

struct ServerOptions {
  std::string name;             // "gatepost-dkim"
  std::string socket;           // unix:/path, inet:port@address, inet6:port@[address], fd:3
  unsigned socket_mode = 0660;  // unix: alone
  std::string socket_group;     // unix: alone; "" keeps the process's group
  int backlog = 512;
  std::size_t max_frame_bytes = std::size_t{2} << 20;  // a header of Postfix: up to 102,400 bytes
  std::chrono::seconds idle_timeout{7200};             // of a connection that says nothing
  std::chrono::seconds drain_timeout{30};  // TERM: how long running messages may take to finish
};

// Must be called first thing in main, before any thread exists: blocks the signals that Run waits
// for, and ignores SIGPIPE.
void BlockSignals();

// Serves until SIGTERM or SIGINT, then takes no more connections, lets running messages finish and
// returns the exit status: 0, or 78 when the socket cannot be had. A second signal, or the drain
// time-out, ends it without waiting; where the program's own code is still at work then, the
// process exits from in here, with the same status and no destructor run.
// SIGHUP calls service.Reload(). Tells systemd READY, RELOADING, STOPPING, a status line, and feeds
// its watchdog. Once per process.
int Run(const ServerOptions& options, Service& service);

// What the server has in hand, and has had since it started; for the program's own counters. Any
// thread.
struct ServerCounts {
  std::int64_t sessions = 0;
  std::int64_t messages_under_way = 0;
  std::uint64_t messages = 0;
  std::uint64_t failures = 0;  // exceptions that left the program's code: a 451 each
};
ServerCounts CurrentCounts();

}  // namespace gatepost::milter
