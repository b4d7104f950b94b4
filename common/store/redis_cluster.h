// A Redis Cluster for all threads: each command goes to the node that has its key, those for
// several nodes at the same time. Keys that move are followed; a node that is away fails the calls
// for its own keys alone. Used by redis_store.h.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "common/store/redis_cluster_nodes.h"
#include "common/store/redis_commander.h"

namespace gatepost::store {

bool IsClusterUrl(std::string_view url);
// redis+cluster://host:port,host:port,... names some of the nodes, of which one should be up;
// rediss+cluster: with TLS.
base::Result<std::vector<RedisAddress>> ParseClusterUrl(std::string_view url);

class RedisCluster final : public Commander {
 public:
  explicit RedisCluster(RedisClusterOptions options) : nodes_(std::move(options)) {}

  std::vector<base::Result<Reply>> Call(std::span<const Command> commands,
                                        base::Deadline deadline) override;
  base::Result<void> ForEachNode(const NodeVisit& visit) override;
  bool one_tag_per_script() const override { return true; }
  Health health() const override { return nodes_.health(); }
  void WaitForFirstState(base::Deadline deadline) override { nodes_.WaitForFirstState(deadline); }

 private:
  RedisClusterNodes nodes_;
};

}  // namespace gatepost::store
