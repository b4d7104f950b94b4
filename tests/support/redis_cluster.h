// A private, real Redis Cluster of three primaries on an address of its own in 127.0.0.0/8, whose
// nodes tests may stop, freeze and restart, and whose slots they may move.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/redis_server.h"

namespace gatepost::support {

class RedisCluster {
 public:
  static constexpr std::size_t kNodes = 3;

  // Starts the nodes and waits until each knows that all slots are served. With one of them gone
  // the others go on. `extra` are redis-server options. Throws std::runtime_error when they do not
  // come up.
  explicit RedisCluster(const std::vector<std::string>& extra = {});

  // An address of 127.0.0.0/8 that no other living process has.
  static std::string OwnHost();

  std::string url() const;                      // names all nodes
  std::string Address(std::size_t node) const;  // "127.1.2.3:7000"
  std::string Id(std::size_t node) const;       // as the cluster names it
  RedisServer& node(std::size_t index) { return *nodes_[index]; }
  // Which node has the slot at first.
  static std::size_t FirstOwner(unsigned slot) { return slot * kNodes / 16'384; }

  // Moves the first `slots` slots of a node to another one, with redis-cli. False when it fails.
  bool Reshard(std::size_t from, std::size_t to, unsigned slots) const;
  // A slot and its keys on their way: `Begin` opens it, `Finish` moves the keys and closes it.
  void BeginMove(unsigned slot, std::size_t from, std::size_t to) const;
  void FinishMove(unsigned slot, std::size_t from, std::size_t to) const;

 private:
  void GiveSlots() const;
  void Introduce() const;
  bool IsWhole() const;
  int Port(std::size_t node) const;

  const std::string host_;
  const int first_port_;
  std::vector<std::unique_ptr<RedisServer>> nodes_;
};

}  // namespace gatepost::support
