// The store that programs use: Redis while it is up, this host's memory while it is away. Limits
// go on counting in memory, from where the shared counters stood; what makes sense only among all
// hosts (leases, administrative state, the journal's streams) fails instead, and so does all that a
// caller asks of shared(). What memory counted is not carried over when Redis is back. Any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/memory_store.h"
#include "common/store/store.h"

namespace gatepost::store {

class ResilientStore final : public Store {
 public:
  ResilientStore(std::unique_ptr<Store> shared, std::unique_ptr<MemoryStore> local)
      : shared_(std::move(shared)), local_(std::move(local)) {}

  base::Result<std::optional<std::string>> Get(const Key& key, base::Deadline deadline) override;
  base::Result<std::vector<std::optional<std::string>>> GetAll(std::span<const Key> keys,
                                                               base::Deadline deadline) override;
  base::Result<void> Set(const Key& key, std::string_view value, std::chrono::milliseconds ttl,
                         base::Deadline deadline) override;
  base::Result<void> Erase(const Key& key, base::Deadline deadline) override;
  base::Result<std::int64_t> Increment(const Key& key, std::int64_t by,
                                       std::chrono::milliseconds ttl,
                                       base::Deadline deadline) override;
  base::Result<bool> AcquireLease(const Key& key, std::string_view owner,
                                  std::chrono::milliseconds ttl, base::Deadline deadline) override;
  base::Result<void> ReleaseLease(const Key& key, std::string_view owner,
                                  base::Deadline deadline) override;
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
  std::vector<base::Result<std::vector<std::int64_t>>> RunAll(std::span<const ScriptCall> calls,
                                                              base::Deadline deadline) override;
  // As in memory, also while Redis could do more: who wants that asks shared().
  bool one_tag_per_script() const override { return true; }
  Health health() const override { return shared_->health(); }
  Store& shared() override { return *shared_; }

 private:
  // `ask` on the shared store, and on memory when that is away or late.
  template <class Ask>
  auto SharedOrLocal(Ask ask);

  std::unique_ptr<Store> shared_;
  std::unique_ptr<MemoryStore> local_;
};

}  // namespace gatepost::store
