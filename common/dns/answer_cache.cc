#include "common/dns/answer_cache.h"

#include <algorithm>

namespace gatepost::dns {
namespace {

constexpr std::size_t kShards = 16;
// What an entry takes beside its texts: list node, two map nodes, state, counts of the pointers.
constexpr std::size_t kEntryOverhead = 400;

std::size_t SizeOf(std::string_view key, const Answer& answer) {
  std::size_t bytes = kEntryOverhead + key.size() + answer.records.capacity() * sizeof(Record);
  for (const Record& record : answer.records) bytes += record.text.capacity();
  return bytes;
}

}  // namespace

AnswerCache::AnswerCache(std::size_t most_entries, std::size_t most_bytes)
    : entries_per_shard_(std::max<std::size_t>(1, most_entries / kShards)),
      bytes_per_shard_(most_bytes / kShards),
      shards_(kShards) {}

AnswerCache::Shard& AnswerCache::ShardOf(std::string_view key) {
  return shards_[base::StringHash{}(key) % kShards];
}

AnswerCache::Lookup AnswerCache::FindOrStart(std::string_view key, base::SteadyTime now) {
  Shard& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  if (StatePtr fresh = FindFresh(shard, key, now)) {
    ++shard.hits;
    return {Found::kHit, std::move(fresh)};
  }
  if (const auto found = shard.under_way.find(key); found != shard.under_way.end()) {
    ++shard.merged;
    return {Found::kUnderWay, found->second};
  }
  ++shard.misses;
  auto state = std::make_shared<Query::State>();
  shard.under_way.emplace(key, state);
  return {Found::kNew, std::move(state)};
}

AnswerCache::StatePtr AnswerCache::FindFresh(Shard& shard, std::string_view key,
                                             base::SteadyTime now) {
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return nullptr;
  const auto entry = found->second;
  if (entry->expires <= now) {
    Erase(shard, entry);
    return nullptr;
  }
  shard.entries.splice(shard.entries.begin(), shard.entries, entry);
  return entry->state;
}

void AnswerCache::Erase(Shard& shard, Entries::iterator entry) {
  shard.bytes -= entry->bytes;
  shard.index.erase(entry->key);
  shard.entries.erase(entry);
}

void AnswerCache::EndUnderWay(Shard& shard, std::string_view key, const StatePtr& state) {
  const auto found = shard.under_way.find(key);
  if (found != shard.under_way.end() && found->second == state) shard.under_way.erase(found);
}

void AnswerCache::Put(Shard& shard, Entry entry) const {
  if (const auto old = shard.index.find(entry.key); old != shard.index.end()) {
    Erase(shard, old->second);
  }
  shard.bytes += entry.bytes;
  shard.entries.push_front(std::move(entry));
  shard.index.emplace(shard.entries.front().key, shard.entries.begin());
  while (!shard.entries.empty() &&
         (shard.entries.size() > entries_per_shard_ || shard.bytes > bytes_per_shard_)) {
    Erase(shard, std::prev(shard.entries.end()));
  }
}

void AnswerCache::Finish(std::string_view key, const StatePtr& state, AnswerPtr answer,
                         base::SteadyTime expires) {
  const std::size_t bytes = SizeOf(key, *answer);
  Shard& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  // Under the lock: nobody who has the answer finds its question still under way, and nobody finds
  // an entry that has no answer yet.
  state->Complete(std::move(answer));
  EndUnderWay(shard, key, state);
  Put(shard, {std::string(key), state, expires, bytes});
}

void AnswerCache::Abandon(std::string_view key, const StatePtr& state, AnswerPtr answer) {
  {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    EndUnderWay(shard, key, state);
  }
  state->Complete(std::move(answer));
}

void AnswerCache::Keep(std::string_view key, AnswerPtr answer, base::SteadyTime expires) {
  const std::size_t bytes = SizeOf(key, *answer);
  auto state = std::make_shared<Query::State>(std::move(answer));
  Shard& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  Put(shard, {std::string(key), std::move(state), expires, bytes});
}

AnswerCache::Counts AnswerCache::Count() const {
  Counts sum;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum.hits += shard.hits;
    sum.merged += shard.merged;
    sum.misses += shard.misses;
    sum.entries += shard.entries.size();
    sum.bytes += shard.bytes;
  }
  return sum;
}

}  // namespace gatepost::dns
