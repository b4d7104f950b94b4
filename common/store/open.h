// Chooses the store by its URL. Called once by main.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/store/memory_store.h"
#include "common/store/redis_link.h"
#include "common/store/store.h"

namespace gatepost::store {

struct StoreOptions {
  // memory:, unix:/path[?db=N], redis://host:port/db, redis+cluster://host:port,host:port
  std::string url = "memory:";
  RedisLogin login;
  RedisTimes times;
  std::size_t memory_keys = MemoryStore::kDefaultKeys;
  StateListener on_state;  // empty: the log
};

// With a Redis URL it waits for the first connection to come up or fail, at most the connect
// time; an absent Redis is no error. Throws std::invalid_argument for a bad URL.
std::unique_ptr<Store> Open(const StoreOptions& options,
                            const base::Clock& clock = base::SystemClock::Instance());

}  // namespace gatepost::store
