// The answers that are known and the questions under way, by Question::key(). Split into shards
// with a lock each, so that threads that ask different names do not wait for each other. Any
// thread.
//
// Bounded twice, by entries and by bytes: a stranger chooses what is asked and what is answered.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/strings.h"
#include "common/dns/query.h"

namespace gatepost::dns {

class AnswerCache {
 public:
  enum class Found { kHit, kUnderWay, kNew };
  using StatePtr = std::shared_ptr<Query::State>;

  struct Lookup {
    Found found;
    StatePtr state;  // kHit: answered. kNew: the caller must see to it that Finish follows.
  };

  struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t merged = 0;
    std::uint64_t misses = 0;
    std::size_t entries = 0;
    std::size_t bytes = 0;
  };

  // Both limits hold for all shards together; each shard has its even part.
  AnswerCache(std::size_t most_entries, std::size_t most_bytes);

  // An answer that has not expired at `now`, a question under way, or a new one put under way.
  Lookup FindOrStart(std::string_view key, base::SteadyTime now);

  // Ends the question under way that is `state`, and keeps `answer` until `expires`.
  void Finish(std::string_view key, const StatePtr& state, AnswerPtr answer,
              base::SteadyTime expires);
  // The same without keeping anything.
  void Abandon(std::string_view key, const StatePtr& state, AnswerPtr answer);
  // Keeps an answer that came after its question had been given up.
  void Keep(std::string_view key, AnswerPtr answer, base::SteadyTime expires);

  Counts Count() const;

 private:
  struct Entry {
    std::string key;
    StatePtr state;
    base::SteadyTime expires;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;

  struct Shard {
    mutable std::mutex mutex;
    Entries entries;  // most recently used first
    // The views point at the keys in `entries`, which std::list never moves.
    std::unordered_map<std::string_view, Entries::iterator> index;
    std::unordered_map<std::string, StatePtr, base::StringHash, std::equal_to<>> under_way;
    std::uint64_t hits = 0;
    std::uint64_t merged = 0;
    std::uint64_t misses = 0;
    std::size_t bytes = 0;
  };

  Shard& ShardOf(std::string_view key);
  static StatePtr FindFresh(Shard& shard, std::string_view key, base::SteadyTime now);
  static void Erase(Shard& shard, Entries::iterator entry);
  static void EndUnderWay(Shard& shard, std::string_view key, const StatePtr& state);
  void Put(Shard& shard, Entry entry) const;

  const std::size_t entries_per_shard_;
  const std::size_t bytes_per_shard_;
  std::vector<Shard> shards_;
};

}  // namespace gatepost::dns
