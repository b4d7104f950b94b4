// Chooses the store by its URL. Called once by main.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/store/memory_store.h"
#include "common/store/redis_link.h"
#include "common/store/redis_tls.h"
#include "common/store/store.h"

namespace gatepost::store {

struct StoreOptions {
  std::string url = "memory:";  // or what RedisAddress::Parse or ParseClusterUrl takes
  RedisLogin login;
  RedisTlsOptions tls;
  RedisTimes times;
  std::size_t memory_keys = MemoryStore::kDefaultKeys;
  StateListener on_state;  // empty: the log
};

// With a Redis URL it waits for the first connection to come up or fail, at most the connect
// time; an absent Redis is no error. Throws std::invalid_argument for a bad URL or
// unusable TLS files.
std::unique_ptr<Store> Open(const StoreOptions& options,
                            const base::Clock& clock = base::SystemClock::Instance());

}  // namespace gatepost::store
