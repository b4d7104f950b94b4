// A bounded map that forgets what was used longest ago. Used by the DNS and the key cache.
// Not thread-safe: its owner locks.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/base/strings.h"

namespace gatepost::base {

template <class Value>
class LruCache {
 public:
  explicit LruCache(std::size_t capacity) : capacity_(capacity) {}

  // The value, marked as just used, or nullptr. Valid until the next call that is not const.
  Value* Find(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  // Puts or replaces; the least recently used entry leaves when the cache is full.
  Value& Put(std::string key, Value value) {
    if (Value* const present = Find(key)) return *present = std::move(value);
    entries_.emplace_front(std::move(key), std::move(value));
    index_.emplace(entries_.front().first, entries_.begin());
    if (entries_.size() > capacity_) EraseOldest();
    return entries_.front().second;
  }

  void Erase(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    const auto entry = found->second;
    index_.erase(found);
    entries_.erase(entry);
  }

  void Clear() {
    index_.clear();
    entries_.clear();
  }

  std::size_t size() const { return entries_.size(); }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;

  void EraseOldest() {
    index_.erase(entries_.back().first);
    entries_.pop_back();
  }

  std::size_t capacity_;
  Entries entries_;  // most recently used first
  // The views point at the strings in entries_, which std::list never moves.
  std::unordered_map<std::string_view, typename Entries::iterator> index_;
};

}  // namespace gatepost::base
