// The store on one Redis node. Any thread; see redis_client.h for deadlines and the circuit
// breaker.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/redis_client.h"
#include "common/store/store.h"

namespace gatepost::store {

class RedisStore final : public Store {
 public:
  explicit RedisStore(RedisOptions options) : client_(std::move(options)) {}

  base::Result<std::optional<std::string>> Get(const Key& key, base::Deadline deadline) override;
  base::Result<std::vector<std::optional<std::string>>> GetAll(std::span<const Key> keys,
                                                               base::Deadline deadline) override;
  base::Result<void> Set(const Key& key, std::string_view value, std::chrono::milliseconds ttl,
                         base::Deadline deadline) override;
  base::Result<void> Erase(const Key& key, base::Deadline deadline) override;
  base::Result<void> Append(const std::vector<StreamEntry>& entries,
                            base::Deadline deadline) override;
  base::Result<std::vector<Fields>> Newest(const Key& stream, std::size_t count,
                                           base::Deadline deadline) override;
  base::Result<void> SetField(const Key& key, std::string_view field, std::string_view value,
                              base::Deadline deadline) override;
  base::Result<void> EraseField(const Key& key, std::string_view field,
                                base::Deadline deadline) override;
  base::Result<FieldMap> GetFields(const Key& key, base::Deadline deadline) override;
  base::Result<std::vector<std::int64_t>> Run(const Script& script, std::span<const Key> keys,
                                              std::span<const std::string> arguments,
                                              base::Deadline deadline) override;
  Health health() const override { return client_.health(); }

  // Until the first connection has come up or failed, or the deadline.
  void WaitForFirstState(base::Deadline deadline) { client_.WaitForFirstState(deadline); }

 private:
  base::Result<Reply> Call(const Command& command, base::Deadline deadline);
  base::Result<void> Tell(const Command& command, base::Deadline deadline);

  RedisClient client_;
};

}  // namespace gatepost::store
