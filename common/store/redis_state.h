// What an error of Redis says about the server: a value to act on, not a log line. Pure, any
// thread.
#pragma once

#include <cstdint>
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

// What a node of a cluster says about a key of its command.
enum class ClusterAnswer : std::uint8_t {
  kNone,      // nothing
  kMoved,     // another node has it, from now on
  kAsk,       // another node has it, for this once
  kTryAgain,  // it is on its way to another node
  kUnserved,  // no node has it
};

struct RedisError {
  // The state that the whole server is in; nothing when only this command failed. (That keys live
  // elsewhere is a state, too, for who knows of this one server only.)
  std::optional<ServerState> state;
  base::ErrorKind kind = base::ErrorKind::kInternal;
  bool script_unknown = false;  // NOSCRIPT
  ClusterAnswer cluster = ClusterAnswer::kNone;
};

// Reads an error reply such as "READONLY You can't write against a read only replica.", also where
// an old server wraps it in that of a script.
RedisError Classify(std::string_view error_reply);

std::string_view Name(Health health);  // "up", "read-only", "loading", "down"

}  // namespace gatepost::store
