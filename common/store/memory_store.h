// The store in this process's memory: for tests, for one program alone, and for the time while
// Redis is away. Bounded: when it is full, what would expire first leaves first. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/memory_shard.h"
#include "common/store/store.h"

namespace gatepost::store {

class MemoryStore final : public Store {
 public:
  static constexpr std::size_t kDefaultKeys = 200'000;

  explicit MemoryStore(const base::Clock& clock, std::size_t max_keys = kDefaultKeys);

  base::Result<std::optional<std::string>> Get(const Key& key, base::Deadline deadline) override;
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
  Health health() const override { return Health::kUp; }

  // Follows a counter that another store keeps: it stands at `sum` now. A sum that went down is
  // a new counter, so its time to live begins anew.
  void Follow(const Key& counter, std::int64_t sum, std::chrono::milliseconds ttl);

  std::size_t size() const;

 private:
  static constexpr std::size_t kShards = 16;
  // Streams in memory are for a look back, not an archive.
  static constexpr std::size_t kMaxStreamEntries = 1'000;

  struct Part {
    explicit Part(std::size_t capacity) : shard(capacity) {}
    mutable std::mutex mutex;
    MemoryShard shard;
  };

  // Calls `work` with the shard of the key, locked and at the present time.
  template <class Work>
  auto With(const Key& key, Work work);
  base::Result<void> AppendOne(const StreamEntry& entry);

  const base::Clock& clock_;
  std::array<std::unique_ptr<Part>, kShards> parts_;  // by hash tag
};

}  // namespace gatepost::store
