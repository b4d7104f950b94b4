// What an error of Redis says about the server: a value to act on, not a log line. Pure, any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::store {

// How a server stands and what its callers get.
struct ServerState {
  Health health = Health::kDown;
  base::ErrorKind kind = base::ErrorKind::kUnavailable;
  friend bool operator==(const ServerState&, const ServerState&) = default;
};

struct RedisError {
  // The state that the whole server is in; nothing when only this command failed.
  std::optional<ServerState> state;
  base::ErrorKind kind = base::ErrorKind::kInternal;
  bool script_unknown = false;  // NOSCRIPT
};

// Reads an error reply such as "READONLY You can't write against a read only replica.", also where
// an old server wraps it in that of a script.
RedisError Classify(std::string_view error_reply);

std::string_view Name(Health health);  // "up", "read-only", "loading", "down"

}  // namespace gatepost::store
