// The journal that programs use: what is recorded waits in a bounded queue, and a background
// thread writes it to the store in batches. Any thread may record; that costs about a microsecond
// and never waits for the store.
//
// While the store is away the queue keeps what fits; what does not is counted as dropped. Records
// and events may be written twice when the store answered too late; counters are rather missed
// than counted twice.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/base/lru_cache.h"
#include "common/base/strings.h"
#include "common/journal/journal.h"
#include "common/store/store.h"

namespace gatepost::journal {

struct StoreJournalOptions {
  std::string program;
  std::string host;
  std::size_t max_waiting = 10'000;  // records and events
  std::chrono::milliseconds flush_every{500};
  std::chrono::milliseconds flush_time{1'000};  // for all calls of one flush, the last included
  std::chrono::milliseconds keep_records = std::chrono::hours(72);
  std::chrono::milliseconds keep_counters = std::chrono::hours(48);
  std::uint64_t feed_entries = 10'000;  // newest records, and events, of all hosts
};

class StoreJournal final : public Journal {
 public:
  // `store` and `clock` outlive the journal.
  StoreJournal(store::Store& store, StoreJournalOptions options,
               const base::Clock& clock = base::SystemClock::Instance());
  // Writes what waits, for at most flush_time after a flush that may be under way.
  ~StoreJournal() override;
  StoreJournal(const StoreJournal&) = delete;
  StoreJournal& operator=(const StoreJournal&) = delete;

  void Record(DecisionRecord record) override;
  void Count(std::string_view name, std::uint64_t by = 1) override;
  void Report(Event event) override;

  // Records, events and additions to counters that were lost; also counted as "journal_dropped".
  std::uint64_t dropped() const { return dropped_; }
  // Writes what waits now. True when nothing is left. For tests and the background thread.
  bool Flush();

 private:
  struct Waiting {
    base::WallTime at;
    std::variant<DecisionRecord, Event> what;
  };
  using Queue = std::deque<Waiting>;
  using Names = std::unordered_map<std::string, std::uint64_t, base::StringHash, std::equal_to<>>;
  using Counters = std::map<std::int64_t, Names>;  // by minute

  void Add(Waiting waiting);
  void AddCount(std::string_view name, std::uint64_t by);  // with mutex_ held
  bool ToldLately(const Event& event);                     // with mutex_ held
  void EnterHost(base::Deadline deadline);
  bool FlushQueue(base::Deadline deadline);
  bool FlushBatch(base::Deadline deadline);
  bool FlushCounters(base::Deadline deadline);
  bool FlushMinute(std::int64_t minute, Names& names, base::Deadline deadline);
  void AppendTo(std::vector<store::Store::StreamEntry>& entries, const Waiting& waiting) const;
  void FlushGuarded();
  void Run();

  store::Store& store_;
  const StoreJournalOptions options_;
  const base::Clock& clock_;
  std::atomic<std::uint64_t> dropped_ = 0;

  std::mutex flush_mutex_;  // one flush at a time; taken before mutex_
  Queue flushing_;          // what the next batches are made of
  bool host_entered_ = false;

  std::mutex mutex_;  // held for moments only
  std::atomic<std::size_t> flushing_size_ = 0;
  std::condition_variable wake_;
  bool stopping_ = false;
  Queue waiting_;
  Counters counters_;
  std::size_t counter_count_ = 0;
  base::LruCache<base::SteadyTime> told_;

  std::thread thread_;
};

}  // namespace gatepost::journal
