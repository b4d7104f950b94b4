#include "common/store/redis_cluster.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "common/base/strings.h"
#include "common/store/redis_state.h"

namespace gatepost::store {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::steady_clock;

constexpr std::size_t kMaxSeeds = 16;
// Before a key that is on its way, or sent from node to node, is asked for again.
constexpr std::chrono::milliseconds kPause{2};
const Command kAsking{"ASKING"};

std::string_view KeyOf(const Command& command) {
  const bool is_script = command.front().starts_with("EVAL");  // text or name, number of keys, keys
  return command[is_script ? 3 : 1];
}

// A command that has no answer yet.
struct Errand {
  std::size_t place;                     // of the command in the call
  std::shared_ptr<ClusterNode> sent_on;  // where another node sent it; none: to the slot's owner
  bool asking = false;                   // for this once
};

// What goes to one node in one request.
struct Batch {
  ClusterNode* node;
  std::vector<Errand> errands;
  Result<RedisClient::Asked> asked;
};

// One call of one thread: rounds of questions until each command has its answer.
class ClusterCall {
 public:
  ClusterCall(RedisClusterNodes& nodes, std::span<const Command> commands, Deadline deadline)
      : nodes_(nodes), commands_(commands), deadline_(deadline), replies_(commands.size()) {}

  std::vector<Result<Reply>> Run() {
    for (std::size_t i = 0; i < commands_.size(); ++i) errands_.push_back({i, nullptr});
    for (int round = 0; !errands_.empty(); ++round) {
      // Two rounds are for a key that moved.
      if (round > 1)
        std::this_thread::sleep_until(std::min(steady_clock::now() + kPause, deadline_));
      Round();
    }
    return std::move(replies_);
  }

 private:
  void Round() {
    const auto view = nodes_.View();
    std::vector<Batch> batches;
    for (Errand& errand : std::exchange(errands_, {})) Assign(std::move(errand), *view, batches);
    for (Batch& batch : batches) Send(batch);
    for (Batch& batch : batches) Receive(batch);
  }

  void Assign(Errand errand, const ClusterView& view, std::vector<Batch>& batches) {
    ClusterNode* const node = errand.sent_on ? errand.sent_on.get()
                                             : view.owners[KeySlot(KeyOf(commands_[errand.place]))];
    if (!node) {
      nodes_.Refresh();
      replies_[errand.place] = Fail(ErrorKind::kUnavailable, "no node of the cluster has this key");
      return;
    }
    auto batch = std::ranges::find(batches, node, &Batch::node);
    if (batch == batches.end()) {
      batch = batches.insert(batch, {node, {}, Fail(ErrorKind::kInternal, "not asked")});
    }
    batch->errands.push_back(std::move(errand));
  }

  void Send(Batch& batch) const {
    std::vector<Command> commands;
    for (const Errand& errand : batch.errands) {
      if (errand.asking) commands.push_back(kAsking);
      commands.push_back(commands_[errand.place]);
    }
    batch.asked = batch.node->client.Ask(commands, deadline_);
  }

  void Receive(Batch& batch) {
    auto replies = batch.asked.and_then([&](const RedisClient::Asked& asked) {
      return batch.node->client.Await(asked, deadline_);
    });
    std::size_t next = 0;
    for (Errand& errand : batch.errands) {
      if (!replies) {
        replies_[errand.place] = tl::unexpected(replies.error());
        continue;
      }
      if (errand.asking) ++next;
      Take(errand, std::move((*replies)[next++]), batch.node->address);
    }
  }

  void Take(const Errand& errand, Reply reply, const RedisAddress& from) {
    const auto answer =
        reply.type == Reply::Type::kError ? Classify(reply.text).cluster : ClusterAnswer::kNone;
    // After an ASK the owner has not changed.
    if (answer != ClusterAnswer::kNone && answer != ClusterAnswer::kAsk) nodes_.Refresh();
    switch (answer) {
      case ClusterAnswer::kNone:
      case ClusterAnswer::kUnserved:
        replies_[errand.place] = std::move(reply);
        return;
      case ClusterAnswer::kTryAgain:
        errands_.push_back({errand.place, nullptr});
        return;
      case ClusterAnswer::kMoved:
      case ClusterAnswer::kAsk:
        return Follow(errand.place, reply.text, answer == ClusterAnswer::kAsk, from);
    }
  }

  void Follow(std::size_t place, std::string_view redirection, bool asking,
              const RedisAddress& from) {
    const auto address = ParseRedirection(redirection, from);
    if (!address) {
      replies_[place] = tl::unexpected(address.error());
      return;
    }
    auto node = nodes_.At(*address, deadline_);
    if (node) return errands_.push_back({place, std::move(node), asking});
    replies_[place] = Fail(ErrorKind::kTimeout, address->Format() + " was not reached in time");
  }

  RedisClusterNodes& nodes_;
  const std::span<const Command> commands_;
  const Deadline deadline_;
  std::vector<Errand> errands_;
  std::vector<Result<Reply>> replies_;
};

}  // namespace

bool IsClusterUrl(std::string_view url) {
  return url.starts_with("redis+cluster://") || url.starts_with("rediss+cluster://");
}

Result<std::vector<RedisAddress>> ParseClusterUrl(std::string_view url) {
  const std::string scheme = url.starts_with("rediss") ? "rediss://" : "redis://";
  const std::string_view nodes = url.substr(url.find("://") + 3);
  std::vector<RedisAddress> seeds;
  for (const std::string_view node : base::Split(nodes, ',')) {
    auto address = RedisAddress::Parse(scheme + std::string(node));
    if (!address) return tl::unexpected(address.error());
    seeds.push_back(std::move(*address));
  }
  const bool has_database = nodes.find('/') != nodes.npos;
  if (!has_database && seeds.size() <= kMaxSeeds) return seeds;
  return Fail(ErrorKind::kInvalid, has_database ? "store URL: a cluster has no databases"
                                                : "store URL: more than 16 nodes");
}

std::vector<Result<Reply>> RedisCluster::Call(std::span<const Command> commands,
                                              Deadline deadline) {
  return ClusterCall(nodes_, commands, deadline).Run();
}

base::Result<void> RedisCluster::ForEachNode(const NodeVisit& visit) {
  const auto view = nodes_.View();
  const std::set<ClusterNode*> owners(view->owners.begin(), view->owners.end());
  for (ClusterNode* const node : owners) {
    if (node == nullptr) return base::Fail(base::ErrorKind::kUnavailable, "a slot is not served");
    if (const auto visited = visit(node->client); !visited) return visited;
  }
  return {};
}

}  // namespace gatepost::store
