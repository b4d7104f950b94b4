#include "common/store/redis_cluster_nodes.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "common/store/keys.h"

namespace gatepost::store {
namespace {

using base::Deadline;
using std::chrono::steady_clock;

// The map is asked for when it proved wrong, though not more often than this, and now and then.
constexpr std::chrono::milliseconds kAtMostEvery{100};
constexpr std::chrono::milliseconds kAtLeastEvery{30'000};
// So many nodes are asked for it at a time.
constexpr std::size_t kAskedForSlots = 3;
// A node without slots stays known so long after it was named.
constexpr std::chrono::minutes kRemembered{1};
// So many keys are tried to find one that a node has.
constexpr unsigned kMaxProbeKeys = 65'536;

}  // namespace

RedisClusterNodes::RedisClusterNodes(RedisClusterOptions options)
    : options_(std::move(options)), thread_([this] { Run(); }) {}

RedisClusterNodes::~RedisClusterNodes() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  thread_.join();
}

std::shared_ptr<const ClusterView> RedisClusterNodes::View() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

std::shared_ptr<ClusterNode> RedisClusterNodes::At(const RedisAddress& address, Deadline deadline) {
  const std::string name = address.Format();
  std::unique_lock lock(mutex_);
  if (!view_->nodes.contains(name) && wanted_.size() < SlotMap::kMaxNodes) {
    wanted_.try_emplace(name, address);
    work_.notify_one();
  }
  published_.wait_until(lock, deadline, [&] { return view_->nodes.contains(name); });
  const auto found = view_->nodes.find(name);
  return found == view_->nodes.end() ? nullptr : found->second;
}

void RedisClusterNodes::Refresh() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(refresh_, true)) work_.notify_one();
}

void RedisClusterNodes::WaitForFirstState(Deadline deadline) {
  std::unique_lock lock(mutex_);
  published_.wait_until(lock, deadline, [this] { return state_known_; });
}

void RedisClusterNodes::Run() {
  do {
    try {
      Turn();
    } catch (const std::exception& error) {  // out of memory: again later
      learned_at_ = steady_clock::now();
    }
  } while (AwaitWork());
}

bool RedisClusterNodes::AwaitWork() {
  const auto rest = health() == Health::kUp ? kAtLeastEvery : options_.times.heartbeat;
  std::unique_lock lock(mutex_);
  const auto is_urgent = [this] { return stopping_ || !wanted_.empty(); };
  work_.wait_until(lock, learned_at_ + kAtMostEvery, is_urgent);
  work_.wait_until(lock, learned_at_ + rest, [&] { return refresh_ || is_urgent(); });
  refresh_ = false;
  return !stopping_;
}

void RedisClusterNodes::Turn() {
  MeetNodes();
  LearnSlots();
  MeetNodes();
  ForgetNodes();
  Publish();
  Tell(Judge());
}

// Those that serve slots first: one that left the cluster may not know it.
std::vector<ClusterNode*> RedisClusterNodes::WhoMayKnow() const {
  std::vector<ClusterNode*> nodes;
  for (const auto& [name, known] : known_) {
    if (known.node->client.health() == Health::kUp) nodes.push_back(known.node.get());
  }
  // Not std::ranges: clang 14 does not compile what it returns.
  std::stable_partition(nodes.begin(), nodes.end(), [&](const ClusterNode* node) {
    return slots_->Find(node->address).has_value();
  });
  if (nodes.size() > kAskedForSlots) nodes.resize(kAskedForSlots);
  return nodes;
}

void RedisClusterNodes::LearnSlots() {
  static const Command kQuestion{"CLUSTER", "SLOTS"};
  for (ClusterNode* const node : WhoMayKnow()) {
    const auto deadline = steady_clock::now() + options_.times.silence;
    auto map =
        std::move(node->client.Call({&kQuestion, 1}, deadline).front())
            .and_then([&](const Reply& reply) { return SlotMap::Parse(reply, node->address); });
    if (map) {
      const std::lock_guard lock(mutex_);
      slots_ = std::make_shared<SlotMap>(std::move(*map));
      break;
    }
    trouble_ = node->address.Format() + ": " + map.error().message;
  }
  learned_at_ = steady_clock::now();
}

// All that clients shall be there for; where none is up, one begins again with the seeds.
std::vector<RedisAddress> RedisClusterNodes::Named() {
  const auto is_up = [](const auto& entry) {
    return entry.second.node->client.health() == Health::kUp;
  };
  auto named = slots_->nodes;
  if (std::ranges::none_of(known_, is_up)) {
    named.insert(named.end(), options_.seeds.begin(), options_.seeds.end());
  }
  const std::lock_guard lock(mutex_);
  for (auto& [name, address] : std::exchange(wanted_, {})) named.push_back(std::move(address));
  return named;
}

void RedisClusterNodes::MeetNodes() {
  const auto now = steady_clock::now();
  std::vector<std::shared_ptr<ClusterNode>> met;
  for (const RedisAddress& address : Named()) {
    const std::string name = address.Format();
    const auto known = known_.find(name);
    if (known != known_.end()) {
      known->second.named = now;
    } else if (known_.size() < SlotMap::kMaxNodes) {
      met.push_back(Meet(name, address));
      known_.emplace(name, Known{met.back(), now});
    }
  }
  // Nobody shall be sent to one that may be up in a moment.
  for (const auto& node : met) node->client.WaitForFirstState(now + options_.times.connect);
}

std::shared_ptr<ClusterNode> RedisClusterNodes::Meet(const std::string& name,
                                                     const RedisAddress& address) {
  const auto on_state = [this, name](Health, const std::string& reason) {
    OnNodeState(name, reason);
  };
  const auto probe_key = [this, address] { return ProbeKey(address); };
  return std::make_shared<ClusterNode>(
      address, RedisOptions{address, options_.login, options_.times, on_state, options_.tls,
                            options_.on_warning, probe_key});
}

void RedisClusterNodes::ForgetNodes() {
  const auto now = steady_clock::now();
  for (auto known = known_.begin(); known != known_.end();) {
    const bool keep = now - known->second.named < kRemembered;
    if (!keep) forgotten_.push_back(std::move(known->second.node));
    known = keep ? std::next(known) : known_.erase(known);
  }
  std::erase_if(forgotten_, [](const auto& node) { return node.use_count() == 1; });
}

void RedisClusterNodes::Publish() {
  auto view = std::make_shared<ClusterView>();
  for (const auto& [name, known] : known_) view->nodes.emplace(name, known.node);
  std::vector<ClusterNode*> owners(SlotMap::kNobody + 1U);
  for (std::size_t i = 0; i < slots_->nodes.size(); ++i) {
    const auto known = known_.find(slots_->nodes[i].Format());
    if (known != known_.end()) owners[i] = known->second.node.get();
  }
  std::ranges::transform(slots_->owners, view->owners.begin(),
                         [&](std::uint8_t owner) { return owners[owner]; });
  {
    const std::lock_guard lock(mutex_);
    view_ = std::move(view);
  }
  published_.notify_all();
}

RedisClusterNodes::Standing RedisClusterNodes::Judge() const {
  if (slots_->nodes.empty()) {
    return {Health::kDown, trouble_.empty() ? Why(options_.seeds.front().Format()) : trouble_};
  }
  const auto unserved = std::ranges::count(slots_->owners, SlotMap::kNobody);
  if (unserved > 0)
    return {Health::kDown, "slots that no node serves: " + std::to_string(unserved)};
  Standing worst;
  for (const RedisAddress& address : slots_->nodes) {
    const std::string name = address.Format();
    const auto known = known_.find(name);
    const Health health =
        known == known_.end() ? Health::kDown : known->second.node->client.health();
    if (health > worst.health) worst = {health, Why(name)};
  }
  return worst;
}

std::string RedisClusterNodes::Why(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto reason = reasons_.find(name);
  return name + ": " + (reason == reasons_.end() ? "not connected" : reason->second);
}

// Who waits for the first state comes after who was told of it.
void RedisClusterNodes::Tell(const Standing& standing) {
  const bool changed = health_.exchange(standing.health) != standing.health;
  std::unique_lock lock(mutex_);
  const bool first = !state_known_;
  lock.unlock();
  if ((first || changed) && options_.on_state) options_.on_state(standing.health, standing.reason);
  if (!first) return;
  lock.lock();
  state_known_ = true;
  published_.notify_all();
}

void RedisClusterNodes::OnNodeState(const std::string& name, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  reasons_.insert_or_assign(name, reason);
  if (!std::exchange(refresh_, true)) work_.notify_one();
}

// One that lives in a slot of this node, so that its answer tells whether it takes writes.
std::string RedisClusterNodes::ProbeKey(const RedisAddress& address) const {
  std::shared_ptr<const SlotMap> slots;
  {
    const std::lock_guard lock(mutex_);
    slots = slots_;
  }
  const auto place = slots->Find(address);
  for (unsigned i = 0; place && i < kMaxProbeKeys; ++i) {
    const Key key = KeyMaker::Probe(i);
    if (slots->owners[KeySlot(key.text())] == *place) return key.text();
  }
  return KeyMaker::Probe().text();
}

}  // namespace gatepost::store
