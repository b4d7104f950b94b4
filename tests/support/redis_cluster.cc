#include "tests/support/redis_cluster.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace gatepost::support {
namespace {

constexpr std::chrono::seconds kStartTime{20};
constexpr int kSlots = 16'384;
constexpr int kBusOffset = 10'000;

int OwnPorts() {
  static std::atomic<int> next = 7000;
  return next.fetch_add(RedisCluster::kNodes);
}

int FirstSlot(std::size_t node) {
  return static_cast<int>((node * kSlots + RedisCluster::kNodes - 1) / RedisCluster::kNodes);
}

// The lines of a bulk reply, without its frame.
std::vector<std::string> Lines(const std::string& reply) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < reply.size();) {
    const std::size_t end = std::min(reply.find("\r\n", at), reply.size());
    lines.push_back(reply.substr(at, end - at));
    at = end + 2;
  }
  return lines;
}

}  // namespace

RedisCluster::RedisCluster(const std::vector<std::string>& extra)
    : host_(OwnHost()), first_port_(OwnPorts()) {
  for (std::size_t i = 0; i < kNodes; ++i) {
    std::vector<std::string> options{"--port",
                                     std::to_string(Port(i)),
                                     "--bind",
                                     host_,
                                     "--cluster-enabled",
                                     "yes",
                                     "--cluster-announce-ip",
                                     host_,
                                     "--cluster-require-full-coverage",
                                     "no"};
    options.insert(options.end(), extra.begin(), extra.end());
    nodes_.push_back(std::make_unique<RedisServer>(std::move(options)));
  }
  GiveSlots();
  const auto deadline = std::chrono::steady_clock::now() + kStartTime;
  for (int round = 0; !IsWhole(); ++round) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("the nodes did not become a cluster");
    }
    // Again and again: on a busy machine a greeting may be given up.
    if (round % 100 == 0) Introduce();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

std::string RedisCluster::OwnHost() {
  const auto pid = static_cast<unsigned>(::getpid());
  return "127." + std::to_string(128 + (pid >> 16 & 0x7f)) + "." + std::to_string(pid >> 8 & 0xff) +
         "." + std::to_string(pid & 0xff);
}

void RedisCluster::GiveSlots() const {
  for (std::size_t i = 0; i < kNodes; ++i) {
    nodes_[i]->Command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    nodes_[i]->Command({"CLUSTER", "ADDSLOTSRANGE", std::to_string(FirstSlot(i)),
                        std::to_string(FirstSlot(i + 1) - 1)});
  }
}

void RedisCluster::Introduce() const {
  for (std::size_t i = 1; i < kNodes; ++i) {
    nodes_[0]->Command(
        {"CLUSTER", "MEET", host_, std::to_string(Port(i)), std::to_string(Port(i) + kBusOffset)});
  }
}

bool RedisCluster::IsWhole() const {
  for (const auto& node : nodes_) {
    const std::string info = node->Command({"CLUSTER", "INFO"});
    for (const char* line : {"cluster_state:ok", "cluster_slots_ok:16384", "cluster_size:3"}) {
      if (info.find(line) == std::string::npos) return false;
    }
  }
  return true;
}

int RedisCluster::Port(std::size_t node) const { return first_port_ + static_cast<int>(node); }

std::string RedisCluster::Address(std::size_t node) const {
  return host_ + ":" + std::to_string(Port(node));
}

std::string RedisCluster::url() const {
  return "redis+cluster://" + Address(0) + "," + Address(1) + "," + Address(2);
}

std::string RedisCluster::Id(std::size_t node) const {
  return Lines(nodes_[node]->Command({"CLUSTER", "MYID"})).at(1);
}

bool RedisCluster::Reshard(std::size_t from, std::size_t to, unsigned slots) const {
  const std::string command = "redis-cli --cluster reshard " + Address(0) + " --cluster-from " +
                              Id(from) + " --cluster-to " + Id(to) + " --cluster-slots " +
                              std::to_string(slots) + " --cluster-yes >/dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

void RedisCluster::BeginMove(unsigned slot, std::size_t from, std::size_t to) const {
  const std::string number = std::to_string(slot);
  nodes_[to]->Command({"CLUSTER", "SETSLOT", number, "IMPORTING", Id(from)});
  nodes_[from]->Command({"CLUSTER", "SETSLOT", number, "MIGRATING", Id(to)});
}

void RedisCluster::FinishMove(unsigned slot, std::size_t from, std::size_t to) const {
  const std::string number = std::to_string(slot);
  const auto found = Lines(nodes_[from]->Command({"CLUSTER", "GETKEYSINSLOT", number, "1000"}));
  std::vector<std::string> migrate{"MIGRATE", host_, std::to_string(Port(to)), "", "0",
                                   "5000",    "KEYS"};
  for (std::size_t i = 2; i < found.size(); i += 2) migrate.push_back(found[i]);
  if (migrate.size() > 7) nodes_[from]->Command(migrate);
  for (const std::size_t node : {to, from}) {
    nodes_[node]->Command({"CLUSTER", "SETSLOT", number, "NODE", Id(to)});
  }
}

}  // namespace gatepost::support
