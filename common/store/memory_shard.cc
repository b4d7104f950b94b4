#include "common/store/memory_shard.h"

#include <utility>

namespace gatepost::store {

using base::ErrorKind;
using base::Fail;
using base::Result;

void MemoryShard::SetNow(base::SteadyTime now, base::WallTime wall) {
  now_ = now;
  wall_ = wall;
  while (!expiry_.empty() && expiry_.begin()->first <= now) {
    Erase(entries_.find(*expiry_.begin()->second));
  }
}

std::int64_t MemoryShard::unix_seconds() const {
  return std::chrono::floor<std::chrono::seconds>(wall_).time_since_epoch().count();
}

std::int64_t MemoryShard::unix_ms() const {
  return std::chrono::floor<std::chrono::milliseconds>(wall_).time_since_epoch().count();
}

template <class T>
Result<T*> MemoryShard::Find(const Key& key) {
  const auto entry = entries_.find(key.text());
  if (entry == entries_.end()) return nullptr;
  T* const value = std::get_if<T>(&entry->second.value);
  if (!value) return Fail(ErrorKind::kInvalid, "the key " + key.text() + " holds another type");
  return value;
}

Result<const std::string*> MemoryShard::FindText(const Key& key) { return Find<std::string>(key); }
Result<FieldMap*> MemoryShard::FindFields(const Key& key) { return Find<FieldMap>(key); }
Result<MemoryShard::Stream*> MemoryShard::FindStream(const Key& key) { return Find<Stream>(key); }

Result<MemoryShard::Entries::iterator> MemoryShard::Make(const Key& key) {
  if (entries_.size() >= capacity_) {
    if (expiry_.empty()) return Fail(ErrorKind::kLimit, "the memory store is full");
    Erase(entries_.find(*expiry_.begin()->second));
  }
  return entries_.emplace(key.text(), Entry{{}, expiry_.end()}).first;
}

template <class T>
Result<T*> MemoryShard::FindOrMake(const Key& key) {
  auto found = Find<T>(key);
  if (!found || *found) return found;
  return Make(key).map([](Entries::iterator made) { return &made->second.value.emplace<T>(); });
}

Result<FieldMap*> MemoryShard::FieldsAt(const Key& key) { return FindOrMake<FieldMap>(key); }
Result<MemoryShard::Stream*> MemoryShard::StreamAt(const Key& key) {
  return FindOrMake<Stream>(key);
}

Result<void> MemoryShard::PutText(const Key& key, std::string_view text,
                                  std::chrono::milliseconds ttl) {
  if (ttl <= ttl.zero()) return Fail(ErrorKind::kInvalid, "a time to live must be above zero");
  auto entry = entries_.find(key.text());
  if (entry == entries_.end()) {
    const auto made = Make(key);
    if (!made) return tl::unexpected(made.error());
    entry = *made;
  }
  entry->second.value = std::string(text);
  SetExpiry(entry, ttl);
  return {};
}

void MemoryShard::ReplaceText(const Key& key, std::string text) {
  const auto entry = entries_.find(key.text());
  if (entry != entries_.end()) entry->second.value = std::move(text);
}

void MemoryShard::SetTtl(const Key& key, std::chrono::milliseconds ttl) {
  const auto entry = entries_.find(key.text());
  if (entry != entries_.end()) SetExpiry(entry, ttl);
}

void MemoryShard::Erase(const Key& key) {
  const auto entry = entries_.find(key.text());
  if (entry != entries_.end()) Erase(entry);
}

void MemoryShard::Erase(Entries::iterator entry) {
  if (entry->second.expiry != expiry_.end()) expiry_.erase(entry->second.expiry);
  entries_.erase(entry);
}

void MemoryShard::SetExpiry(Entries::iterator entry, std::chrono::milliseconds ttl) {
  if (entry->second.expiry != expiry_.end()) expiry_.erase(entry->second.expiry);
  entry->second.expiry = expiry_.emplace(now_ + ttl, &entry->first);
}

}  // namespace gatepost::store
