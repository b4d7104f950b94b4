// The first words on a connection to Redis: who we are, which database, whether this is a primary,
// and whether it takes writes. Without I/O; used by the I/O thread.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "common/store/redis_reply.h"
#include "common/store/redis_state.h"

namespace gatepost::store {

struct RedisLogin {
  std::string user;      // empty: the default user
  std::string password;  // empty: no AUTH
};

class RedisGreeting {
 public:
  // Whether a user without the right to ask for the role (ACL) may go on without it.
  enum class Role { kMayBeHidden, kMustBeTold };
  // `probe_key` for a node of a cluster: one that it should have, though it may be elsewhere by
  // now. Empty: a server that has all keys.
  RedisGreeting(const RedisLogin& login, unsigned database, Role role = Role::kMayBeHidden,
                const std::string& probe_key = {});

  // All commands, to be sent at once.
  const std::string& bytes() const { return bytes_; }

  struct Outcome {
    ServerState state;
    std::string reason;  // empty when all is well
  };
  // Takes the next reply; an outcome ends the greeting.
  std::optional<Outcome> OnReply(const Reply& reply);

 private:
  enum class Step { kAuth, kSelect, kRole, kProbe };
  void Add(Step step, std::initializer_list<std::string_view> words);

  const Role role_;
  const bool in_cluster_;
  std::string bytes_;
  std::deque<Step> awaited_;
};

}  // namespace gatepost::store
