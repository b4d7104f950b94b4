// A store in memory that a test can switch off, and that can lose calls on the way. Any thread.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/memory_store.h"

namespace gatepost::support {

class SwitchedStore final : public store::Store {
 public:
  using Key = store::Key;

  std::atomic<bool> away = false;
  std::atomic<base::ErrorKind> away_as = base::ErrorKind::kUnavailable;
  std::atomic<int> whole_reads = 0;
  std::atomic<int> refused = 0;
  // So many of the next scripts go well before others do not.
  std::atomic<int> scripts_to_spare = 0;
  std::atomic<int> scripts_to_lose = 0;  // so many of the next scripts do not arrive
  std::atomic<int> answers_to_lose = 0;  // of so many of the next scripts the answer is lost

  base::Result<std::optional<std::string>> Get(const Key& key, base::Deadline d) override {
    return away ? Away() : memory_.Get(key, d);
  }
  base::Result<void> Set(const Key& key, std::string_view value, std::chrono::milliseconds ttl,
                         base::Deadline d) override {
    return away ? Away() : memory_.Set(key, value, ttl, d);
  }
  base::Result<void> Erase(const Key& key, base::Deadline d) override {
    return away ? Away() : memory_.Erase(key, d);
  }
  base::Result<void> Append(const std::vector<StreamEntry>& entries, base::Deadline d) override {
    return away ? Away() : memory_.Append(entries, d);
  }
  base::Result<std::vector<store::Fields>> Newest(const Key& stream, std::size_t count,
                                                  base::Deadline d) override {
    return away ? Away() : memory_.Newest(stream, count, d);
  }
  base::Result<void> SetField(const Key& key, std::string_view field, std::string_view value,
                              base::Deadline d) override {
    return away ? Away() : memory_.SetField(key, field, value, d);
  }
  base::Result<void> EraseField(const Key& key, std::string_view field, base::Deadline d) override {
    return away ? Away() : memory_.EraseField(key, field, d);
  }
  base::Result<store::FieldMap> GetFields(const Key& key, base::Deadline d) override {
    if (away) return Away();
    ++whole_reads;
    return memory_.GetFields(key, d);
  }
  base::Result<std::vector<std::int64_t>> Run(const store::Script& script,
                                              std::span<const Key> keys,
                                              std::span<const std::string> arguments,
                                              base::Deadline d) override {
    if (away) return Away();
    if (Takes(scripts_to_spare)) return memory_.Run(script, keys, arguments, d);
    if (Takes(scripts_to_lose)) return Away();
    auto answer = memory_.Run(script, keys, arguments, d);
    if (Takes(answers_to_lose)) return Away();
    return answer;
  }
  store::Health health() const override { return away ? store::Health::kDown : store::Health::kUp; }

 private:
  static bool Takes(std::atomic<int>& left) {
    int before = left;
    while (before > 0 && !left.compare_exchange_weak(before, before - 1)) {
    }
    return before > 0;
  }
  tl::unexpected<base::Error> Away() {
    ++refused;
    return base::Fail(away_as, "switched off");
  }

  store::MemoryStore memory_{base::SystemClock::Instance()};
};

}  // namespace gatepost::support
