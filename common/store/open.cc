#include "common/store/open.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "common/log/log.h"
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

std::shared_ptr<const RedisTlsContext> LoadTls(const RedisTlsOptions& options) {
  auto context = RedisTlsContext::Load(options);
  if (!context) throw std::invalid_argument(context.error().message);
  return *std::move(context);
}

}  // namespace

std::unique_ptr<Store> Open(const StoreOptions& options, const base::Clock& clock) {
  auto memory = std::make_unique<MemoryStore>(clock, options.memory_keys);
  if (options.url == "memory:") return memory;
  auto address = RedisAddress::Parse(options.url);
  if (!address) throw std::invalid_argument(address.error().message);
  auto tls = address->tls ? LoadTls(options.tls) : nullptr;
  auto redis = std::make_unique<RedisStore>(
      RedisOptions{std::move(*address), options.login, options.times,
                   options.on_state ? options.on_state : LogState, std::move(tls), LogWarning});
  redis->WaitForFirstState(std::chrono::steady_clock::now() + options.times.connect);
  return std::make_unique<ResilientStore>(std::move(redis), std::move(memory));
}

}  // namespace gatepost::store
