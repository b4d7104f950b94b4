// The nodes of a Redis Cluster: a client for each, and who serves which slot. One thread of its own
// learns it from the nodes and keeps it; any thread may look. Used by redis_cluster.h.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/redis_client.h"
#include "common/store/redis_slots.h"

namespace gatepost::store {

struct RedisClusterOptions {
  std::vector<RedisAddress> seeds;  // some of its nodes; they tell of the others
  RedisLogin login;
  RedisTimes times;
  StateListener on_state;                        // of the cluster as a whole; may be empty
  std::shared_ptr<const RedisTlsContext> tls{};  // where the addresses ask for it
  WarningListener on_warning{};                  // may be empty
};

struct ClusterNode {
  ClusterNode(RedisAddress where, RedisOptions options)
      : address(std::move(where)), client(std::move(options)) {}
  const RedisAddress address;
  RedisClient client;
};

// What was known at one time.
struct ClusterView {
  std::map<std::string, std::shared_ptr<ClusterNode>, std::less<>> nodes;  // by address
  std::array<ClusterNode*, kClusterSlots> owners{};                        // null: nobody
};

class RedisClusterNodes {
 public:
  explicit RedisClusterNodes(RedisClusterOptions options);
  ~RedisClusterNodes();
  RedisClusterNodes(const RedisClusterNodes&) = delete;
  RedisClusterNodes& operator=(const RedisClusterNodes&) = delete;

  std::shared_ptr<const ClusterView> View() const;
  // The node at an address that another one named; waits until there is a client for it. None at
  // the deadline.
  std::shared_ptr<ClusterNode> At(const RedisAddress& address, base::Deadline deadline);
  // The view has proved out of date: learn it anew, soon. Does not wait.
  void Refresh();

  // kUp while a node that is up serves each slot; else the state of the worst of them.
  Health health() const { return health_; }
  void WaitForFirstState(base::Deadline deadline);

 private:
  struct Known {
    std::shared_ptr<ClusterNode> node;
    base::SteadyTime named;  // when somebody spoke of it last
  };
  struct Standing {
    Health health = Health::kUp;
    std::string reason = "all slots of the cluster are served";
  };

  // The thread's side.
  void Run();
  bool AwaitWork();
  void Turn();
  std::vector<ClusterNode*> WhoMayKnow() const;
  void LearnSlots();
  std::vector<RedisAddress> Named();
  void MeetNodes();
  std::shared_ptr<ClusterNode> Meet(const std::string& name, const RedisAddress& address);
  void ForgetNodes();
  void Publish();
  Standing Judge() const;
  std::string Why(const std::string& name) const;
  void Tell(const Standing& standing);
  // The I/O threads' side.
  void OnNodeState(const std::string& name, const std::string& reason);
  std::string ProbeKey(const RedisAddress& address) const;

  const RedisClusterOptions options_;
  std::atomic<Health> health_ = Health::kDown;

  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable published_;
  bool stopping_ = false;
  bool refresh_ = false;
  bool state_known_ = false;
  std::map<std::string, RedisAddress> wanted_;  // named by a redirection, no client yet
  std::map<std::string, std::string> reasons_;  // why nodes are in their state
  std::shared_ptr<const SlotMap> slots_ = std::make_shared<SlotMap>();
  std::shared_ptr<const ClusterView> view_ = std::make_shared<ClusterView>();

  // The thread's own. A node ends here, as a caller must not wait for that.
  std::map<std::string, Known> known_;
  std::vector<std::shared_ptr<ClusterNode>> forgotten_;
  base::SteadyTime learned_at_{};
  std::string trouble_;  // why there is no map
  std::thread thread_;
};

}  // namespace gatepost::store
