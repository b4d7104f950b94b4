#include "common/store/memory_store.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include "common/store/keys.h"
#include "common/store/script.h"

namespace gatepost::store {

using base::Deadline;
using base::ErrorKind;
using base::Fail;
using base::Result;

MemoryStore::MemoryStore(const base::Clock& clock, std::size_t max_keys) : clock_(clock) {
  const std::size_t capacity = std::max<std::size_t>(1, max_keys / kShards);
  for (auto& part : parts_) part = std::make_unique<Part>(capacity);
}

template <class Work>
auto MemoryStore::With(const Key& key, Work work) {
  Part& part = *parts_[std::hash<std::string_view>{}(HashTag(key.text())) % kShards];
  const std::lock_guard lock(part.mutex);
  part.shard.SetNow(clock_.Steady(), clock_.Wall());
  return work(part.shard);
}

Result<std::optional<std::string>> MemoryStore::Get(const Key& key, Deadline) {
  return With(key, [&](MemoryShard& shard) {
    return shard.FindText(key).map(
        [](const std::string* text) { return text ? std::optional(*text) : std::nullopt; });
  });
}

Result<void> MemoryStore::Set(const Key& key, std::string_view value, std::chrono::milliseconds ttl,
                              Deadline) {
  return With(key, [&](MemoryShard& shard) { return shard.PutText(key, value, ttl); });
}

Result<void> MemoryStore::Erase(const Key& key, Deadline) {
  With(key, [&](MemoryShard& shard) { shard.Erase(key); });
  return {};
}

Result<void> MemoryStore::AppendOne(const StreamEntry& entry) {
  return With(entry.stream, [&](MemoryShard& shard) -> Result<void> {
    const auto stream = shard.StreamAt(entry.stream);
    if (!stream) return tl::unexpected(stream.error());
    (*stream)->push_back(entry.fields);
    const auto keep = std::min<std::uint64_t>(entry.keep_entries, kMaxStreamEntries);
    while ((*stream)->size() > keep) (*stream)->pop_front();
    if (entry.ttl > entry.ttl.zero()) shard.SetTtl(entry.stream, entry.ttl);
    return {};
  });
}

Result<void> MemoryStore::Append(const std::vector<StreamEntry>& entries, Deadline) {
  for (const auto& entry : entries) {
    if (const auto appended = AppendOne(entry); !appended) return appended;
  }
  return {};
}

Result<std::vector<Fields>> MemoryStore::Newest(const Key& key, std::size_t count, Deadline) {
  return With(key, [&](MemoryShard& shard) {
    return shard.FindStream(key).map([&](const MemoryShard::Stream* stream) {
      if (!stream) return std::vector<Fields>();
      const auto wanted = static_cast<std::ptrdiff_t>(std::min(count, stream->size()));
      return std::vector<Fields>(stream->rbegin(), stream->rbegin() + wanted);
    });
  });
}

Result<void> MemoryStore::SetField(const Key& key, std::string_view field, std::string_view value,
                                   Deadline) {
  return With(key, [&](MemoryShard& shard) {
    return shard.FieldsAt(key).map(
        [&](FieldMap* fields) { fields->insert_or_assign(std::string(field), value); });
  });
}

Result<void> MemoryStore::EraseField(const Key& key, std::string_view field, Deadline) {
  return With(key, [&](MemoryShard& shard) {
    return shard.FindFields(key).map([&](FieldMap* fields) {
      if (!fields) return;
      fields->erase(std::string(field));
      if (fields->empty()) shard.Erase(key);
    });
  });
}

Result<FieldMap> MemoryStore::GetFields(const Key& key, Deadline) {
  return With(key, [&](MemoryShard& shard) {
    return shard.FindFields(key).map(
        [](const FieldMap* fields) { return fields ? *fields : FieldMap(); });
  });
}

Result<std::vector<std::int64_t>> MemoryStore::Run(const Script& script, std::span<const Key> keys,
                                                   std::span<const std::string> arguments,
                                                   Deadline) {
  if (!ShareHashTag(keys))
    return Fail(ErrorKind::kInvalid, "the keys of a script must share a hash tag");
  return With(keys[0],
              [&](MemoryShard& shard) { return script.in_memory(shard, keys, arguments); });
}

void MemoryStore::Follow(const Key& counter, std::int64_t sum, std::chrono::milliseconds ttl) {
  With(counter, [&](MemoryShard& shard) {
    const auto present = shard.FindText(counter);
    std::int64_t last = 0;
    if (present && *present) {
      std::from_chars((*present)->data(), (*present)->data() + (*present)->size(), last);
    }
    if (present && *present && last <= sum) return shard.ReplaceText(counter, std::to_string(sum));
    static_cast<void>(shard.PutText(counter, std::to_string(sum), ttl));
  });
}

std::size_t MemoryStore::size() const {
  std::size_t keys = 0;
  for (const auto& part : parts_) {
    const std::lock_guard lock(part->mutex);
    keys += part->shard.size();
  }
  return keys;
}

}  // namespace gatepost::store
