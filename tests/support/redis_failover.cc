#include "tests/support/redis_failover.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace gatepost::support {
namespace {

constexpr std::chrono::seconds kAgreementTime{30};

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

std::string OwnLoopbackAddress() {
  const auto pid = static_cast<unsigned>(::getpid());
  return "127." + std::to_string(64 + (pid >> 16) % 64) + "." + std::to_string(pid >> 8 & 255) +
         "." + std::to_string(pid & 255);
}

std::string NextOwnPort() {
  // Some servers have to listen at 127.0.0.1, where all processes meet, and clients' own ports
  // begin at 32,768.
  static std::atomic<int> port = 10'000 + ::getpid() % 2'500 * 8;
  return std::to_string(++port);
}

RedisFailover::RedisFailover() {
  StartNodes();
  StartSentinels();
  AwaitReplicas();
  AwaitAgreement();
}

void RedisFailover::StartNodes() {
  const std::string address = OwnLoopbackAddress();
  for (int i = 0; i < kNodes; ++i) {
    node_ports_.push_back(NextOwnPort());
    std::vector<std::string> extra{"--bind",
                                   address,
                                   "--port",
                                   node_ports_.back(),
                                   "--replica-announce-ip",
                                   address,
                                   "--repl-diskless-sync-delay",
                                   "0"};
    if (i > 0) extra.insert(extra.end(), {"--replicaof", address, node_ports_.front()});
    nodes_.push_back(std::make_unique<RedisServer>(extra));
  }
}

void RedisFailover::StartSentinels() {
  const std::string address = OwnLoopbackAddress();
  for (int i = 0; i < kSentinels; ++i) {
    sentinel_ports_.push_back(NextOwnPort());
    sentinels_.push_back(std::make_unique<RedisServer>(RedisServer::SentinelLines{
        "bind " + address + "\nport " + sentinel_ports_.back() + "\nsentinel announce-ip " +
        address + "\nsentinel monitor mail " + address + " " + node_ports_.front() +
        " 2\nsentinel down-after-milliseconds mail 400\nsentinel failover-timeout mail 2000\n"}));
    // They look and talk ten times as often as they do in earnest.
    sentinels_.back()->Command({"SENTINEL", "DEBUG", "INFO-PERIOD", "500", "ASK-PERIOD", "100",
                                "PUBLISH-PERIOD", "200", "PING-PERIOD", "100"});
  }
}

// One that has not copied the primary yet would take its place with nothing.
void RedisFailover::AwaitReplicas() {
  const auto deadline = std::chrono::steady_clock::now() + kAgreementTime;
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    while (!Holds(nodes_[i]->Command({"INFO", "replication"}), "master_link_status:up")) {
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("a replica does not follow its primary");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

void RedisFailover::AwaitReplication() {
  const std::string mark = std::to_string(++marks_);
  nodes_[0]->Command({"SET", "replicated", mark});
  const auto deadline = std::chrono::steady_clock::now() + kAgreementTime;
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    while (!Holds(nodes_[i]->Command({"GET", "replicated"}), "\r\n" + mark + "\r\n")) {
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("a replica lags behind its primary");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

void RedisFailover::AwaitAgreement() {
  const auto deadline = std::chrono::steady_clock::now() + kAgreementTime;
  for (const auto& sentinel : sentinels_) {
    for (;;) {
      const std::string info = sentinel->Command({"INFO", "sentinel"});
      if (Holds(info, "slaves=2,sentinels=3") && Holds(info, "status=ok")) break;
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("the sentinels do not agree: " + info);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

std::string RedisFailover::url() const {
  std::string url = "redis+sentinel://";
  for (const auto& port : sentinel_ports_) {
    url += (url.back() == '/' ? "" : ",") + OwnLoopbackAddress() + ":" + port;
  }
  return url + "/mail";
}

std::string RedisFailover::Role(int number) {
  const std::string reply = node(number).Command({"ROLE"});
  if (Holds(reply, "\r\nmaster\r\n")) return "master";
  return Holds(reply, "\r\nslave\r\n") ? "slave" : "";
}

}  // namespace gatepost::support
