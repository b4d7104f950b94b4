// The store's calls as Redis commands, for one node or a cluster. Any thread; see redis_commander.h
// for deadlines.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/redis_client.h"
#include "common/store/store.h"

namespace gatepost::store {

// By its SHA-1, or whole for a new or flushed server, which then keeps it.
enum class ScriptForm : std::uint8_t { kName, kText };

class RedisStore final : public Store {
 public:
  explicit RedisStore(RedisOptions options)  // one node
      : RedisStore(std::make_unique<RedisClient>(std::move(options))) {}
  explicit RedisStore(std::unique_ptr<Commander> commander) : commander_(std::move(commander)) {}

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
  base::Result<void> ForEachText(std::string_view prefix, const Visit& visit,
                                 base::Deadline deadline) override;
  base::Result<std::vector<std::int64_t>> Run(const Script& script, std::span<const Key> keys,
                                              std::span<const std::string> arguments,
                                              base::Deadline deadline) override;
  std::vector<base::Result<std::vector<std::int64_t>>> RunAll(std::span<const ScriptCall> calls,
                                                              base::Deadline deadline) override;
  bool one_tag_per_script() const override { return commander_->one_tag_per_script(); }
  Health health() const override { return commander_->health(); }

  // Until the first connection has come up or failed, or the deadline.
  void WaitForFirstState(base::Deadline deadline) { commander_->WaitForFirstState(deadline); }

 private:
  base::Result<Reply> Call(const Command& command, base::Deadline deadline);
  base::Result<void> Tell(const Command& command, base::Deadline deadline);
  base::Result<void> CheckKeys(std::span<const Key> keys) const;
  // Runs calls[i] for each i in `which` into results[i]; returns those that the server did not
  // know.
  std::vector<std::size_t> RunThose(const std::vector<std::size_t>& which,
                                    std::span<const ScriptCall> calls, ScriptForm form,
                                    std::vector<base::Result<std::vector<std::int64_t>>>& results,
                                    base::Deadline deadline);

  const std::unique_ptr<Commander> commander_;
};

}  // namespace gatepost::store
