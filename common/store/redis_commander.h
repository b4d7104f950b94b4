// Who answers commands: one Redis node (redis_client.h), or those of a cluster (redis_cluster.h).
// redis_store.h turns the store's calls into commands and does not care. Any thread; no call
// outlasts its deadline.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/redis_reply.h"
#include "common/store/store.h"

namespace gatepost::store {

// Names a key, in the place where KeyOf looks for it.
using Command = std::vector<std::string_view>;

class Commander {
 public:
  virtual ~Commander() = default;

  // For each command in order the reply, which may be an error reply, or why there is none:
  // kTimeout at the deadline; kUnavailable or kPermission while its server is not up; kLimit when
  // too many wait.
  virtual std::vector<base::Result<Reply>> Call(std::span<const Command> commands,
                                                base::Deadline deadline) = 0;
  // Visits each node that holds keys of its own, until `visit` fails.
  using NodeVisit = std::function<base::Result<void>(Commander& node)>;
  virtual base::Result<void> ForEachNode(const NodeVisit& visit) { return visit(*this); }
  // As Store's.
  virtual bool one_tag_per_script() const = 0;
  virtual Health health() const = 0;
  // Until the first connection has come up or failed, or the deadline.
  virtual void WaitForFirstState(base::Deadline deadline) = 0;
};

}  // namespace gatepost::store
