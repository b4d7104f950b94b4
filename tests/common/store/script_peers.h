// A real Redis and a store in memory side by side: a script must do the same in both.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "common/store/script.h"
#include "tests/common/store/documented_user.h"
#include "tests/support/redis_server.h"

namespace gatepost::store {

class ScriptPeers : public testing::Test {
 protected:
  static base::Deadline Soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(20);
  }

  void SetUp() override { redis_.WaitForFirstState(Soon()); }

  std::int64_t RemainingMilliseconds(const Key& key) const {
    return std::stoll(server_.Command({"PTTL", key.text()}).substr(1));
  }

  support::RedisServer server_{WithDocumentedUser()};
  RedisStore redis_{
      RedisOptions{*RedisAddress::Parse(server_.url()),
                   DocumentedLogin(),
                   {std::chrono::seconds(10), std::chrono::seconds(10), std::chrono::seconds(1),
                    std::chrono::milliseconds(20), std::chrono::milliseconds(100)},
                   {}}};
  MemoryStore memory_{base::SystemClock::Instance()};
};

}  // namespace gatepost::store
