#include "common/store/open.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "common/log/log.h"
#include "common/store/redis_cluster.h"
#include "common/store/redis_state.h"
#include "common/store/redis_store.h"
#include "common/store/resilient_store.h"

namespace gatepost::store {

namespace {

void LogState(Health health, const std::string& reason) {
  const auto level = health == Health::kUp ? log::Level::kInfo : log::Level::kWarning;
  log::Line(level, "store").With("state", Name(health)).With("reason", reason);
}

template <class T>
T Valid(base::Result<T> address) {
  if (!address) throw std::invalid_argument(address.error().message);
  return std::move(*address);
}

std::unique_ptr<RedisStore> OpenRedis(const StoreOptions& options) {
  const StateListener on_state = options.on_state ? options.on_state : LogState;
  if (options.url.starts_with(RedisCluster::kScheme)) {
    return std::make_unique<RedisStore>(std::make_unique<RedisCluster>(RedisClusterOptions{
        Valid(ParseClusterUrl(options.url)), options.login, options.times, on_state}));
  }
  return std::make_unique<RedisStore>(RedisOptions{Valid(RedisAddress::Parse(options.url)),
                                                   options.login, options.times, on_state});
}

}  // namespace

std::unique_ptr<Store> Open(const StoreOptions& options, const base::Clock& clock) {
  auto memory = std::make_unique<MemoryStore>(clock, options.memory_keys);
  if (options.url == "memory:") return memory;
  auto redis = OpenRedis(options);
  redis->WaitForFirstState(std::chrono::steady_clock::now() + options.times.connect);
  return std::make_unique<ResilientStore>(std::move(redis), std::move(memory));
}

}  // namespace gatepost::store
