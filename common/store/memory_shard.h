// One part of the memory store: a bounded map whose entries expire. A script's C++ form works on
// it as the Lua form works on Redis. Not thread-safe: MemoryStore locks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/strings.h"
#include "common/store/store.h"

namespace gatepost::store {

class MemoryShard {
 public:
  using Stream = std::deque<Fields>;  // oldest first

  explicit MemoryShard(std::size_t capacity) : capacity_(capacity) {}

  // Moves time on. What has expired by then is gone.
  void SetNow(base::SteadyTime now, base::WallTime wall);
  // The server's time of a script: whole seconds since 1970.
  std::int64_t unix_seconds() const;
  std::int64_t unix_ms() const;
  base::SteadyTime now() const { return now_; }

  // Each is nullptr where there is no such key, kInvalid where it holds another type. Valid until
  // the next call that is not const.
  base::Result<const std::string*> FindText(const Key& key);
  base::Result<FieldMap*> FindFields(const Key& key);
  base::Result<Stream*> FindStream(const Key& key);

  // Puts or replaces; kLimit when the shard is full of entries that never expire.
  base::Result<void> PutText(const Key& key, std::string_view text, std::chrono::milliseconds ttl);
  // Replaces the text of a present key and leaves its time to live.
  void ReplaceText(const Key& key, std::string text);
  base::Result<FieldMap*> FieldsAt(const Key& key);
  base::Result<Stream*> StreamAt(const Key& key);
  void SetTtl(const Key& key, std::chrono::milliseconds ttl);
  void Erase(const Key& key);

  std::size_t size() const { return entries_.size(); }

 private:
  using Expiry = std::multimap<base::SteadyTime, const std::string*>;
  struct Entry {
    std::variant<std::string, FieldMap, Stream> value;
    Expiry::iterator expiry;  // expiry_.end(): lives until it is erased
  };
  using Entries = std::unordered_map<std::string, Entry, base::StringHash, std::equal_to<>>;

  template <class T>
  base::Result<T*> Find(const Key& key);
  template <class T>
  base::Result<T*> FindOrMake(const Key& key);
  base::Result<Entries::iterator> Make(const Key& key);
  void Erase(Entries::iterator entry);
  void SetExpiry(Entries::iterator entry, std::chrono::milliseconds ttl);

  std::size_t capacity_;
  base::SteadyTime now_{};
  base::WallTime wall_{};
  Entries entries_;
  Expiry expiry_;  // the first entry leaves first
};

}  // namespace gatepost::store
