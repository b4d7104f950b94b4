// A private group of real servers on loopback: a primary, its replicas, and the sentinels that fail
// over between them, each on an address and port of this process alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/redis_server.h"

namespace gatepost::support {

// "127.x.y.z" that no other process uses, and ports on it that nobody in this process uses, nor
// most likely another test process that runs now.
std::string OwnLoopbackAddress();
std::string NextOwnPort();

class RedisFailover {
 public:
  static constexpr int kNodes = 3;
  static constexpr int kSentinels = 3;

  // Returns when every sentinel knows every node and its fellows. Node 0 is the primary.
  RedisFailover();

  // redis+sentinel://...
  std::string url() const;
  RedisServer& node(int number) { return *nodes_[static_cast<std::size_t>(number)]; }
  RedisServer& sentinel(int number) { return *sentinels_[static_cast<std::size_t>(number)]; }
  // Until what was written to node 0 has reached the others: replication does not wait for them.
  void AwaitReplication();
  // What `ROLE` says first: "master", "slave", or "" where there is no answer.
  std::string Role(int number);

 private:
  void StartNodes();
  void StartSentinels();
  void AwaitReplicas();
  void AwaitAgreement();

  int marks_ = 0;
  std::vector<std::string> node_ports_;
  std::vector<std::string> sentinel_ports_;
  std::vector<std::unique_ptr<RedisServer>> nodes_;
  std::vector<std::unique_ptr<RedisServer>> sentinels_;
};

}  // namespace gatepost::support
