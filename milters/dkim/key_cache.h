// Opens private keys when they are first needed and keeps a bounded number of them parsed, for a
// PEM key costs more to parse than a message to sign. Any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "common/auth/private_key.h"
#include "common/base/lru_cache.h"
#include "common/base/result.h"
#include "milters/dkim/key_table.h"

namespace gatepost::dkim {

// The file's key: a file that config::ReadSecretFile takes, PEM that auth::PrivateKey takes, and
// the row's algorithm; else the reason.
base::Result<std::shared_ptr<const auth::PrivateKey>> OpenKey(const KeyRow& row);

class KeyCache {
 public:
  explicit KeyCache(std::size_t capacity) : keys_(capacity) {}
  // From the cache or by OpenKey. Failures are not kept: a repaired file works at once.
  base::Result<std::shared_ptr<const auth::PrivateKey>> Get(const KeyRow& row);

 private:
  std::mutex mutex_;
  base::LruCache<std::shared_ptr<const auth::PrivateKey>> keys_;
};

}  // namespace gatepost::dkim
