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

void LogWarning(const std::string& reason) { log::Warning("store_refuses").With("reason", reason); }

template <class T>
T Valid(base::Result<T> value) {
  if (!value) throw std::invalid_argument(value.error().message);
  return *std::move(value);
}

std::unique_ptr<RedisStore> OpenRedis(const StoreOptions& options) {
  const StateListener on_state = options.on_state ? options.on_state : LogState;
  const bool tls = options.url.starts_with("rediss");
  auto context = tls ? Valid(RedisTlsContext::Load(options.tls)) : nullptr;
  if (IsClusterUrl(options.url)) {
    return std::make_unique<RedisStore>(std::make_unique<RedisCluster>(
        RedisClusterOptions{Valid(ParseClusterUrl(options.url)), options.login, options.times,
                            on_state, std::move(context), LogWarning}));
  }
  return std::make_unique<RedisStore>(RedisOptions{Valid(RedisAddress::Parse(options.url)),
                                                   options.login, options.times, on_state,
                                                   std::move(context), LogWarning});
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
