#include "common/journal/store_journal.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/journal/record_fields.h"
#include "common/store/keys.h"

namespace gatepost::journal {
namespace {

using std::chrono::steady_clock;
using store::KeyMaker;

constexpr std::size_t kBatch = 256;
constexpr std::size_t kMaxCounters = 10'000;
constexpr std::size_t kToldEvents = 1'000;
constexpr std::chrono::minutes kTellAgain{1};
constexpr std::string_view kDroppedName = "journal_dropped";
constexpr std::uint64_t kMessageEntries = 64;  // of one message, all programs together

std::int64_t Minute(base::WallTime at) {
  return std::chrono::floor<std::chrono::minutes>(at).time_since_epoch().count();
}

// The store may take it later; any other error will come again.
bool WorthRetrying(const base::Error& error) {
  return error.kind == base::ErrorKind::kUnavailable ||
         error.kind == base::ErrorKind::kPermission || error.kind == base::ErrorKind::kLimit;
}

}  // namespace

StoreJournal::StoreJournal(store::Store& store, StoreJournalOptions options,
                           const base::Clock& clock)
    : store_(store),
      options_(std::move(options)),
      clock_(clock),
      told_(kToldEvents),
      thread_([this] { Run(); }) {}

StoreJournal::~StoreJournal() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  Flush();
}

void StoreJournal::Record(DecisionRecord record) { Add({clock_.Wall(), std::move(record)}); }

void StoreJournal::Report(Event event) {
  {
    const std::lock_guard lock(mutex_);
    if (ToldLately(event)) return;
  }
  Add({clock_.Wall(), std::move(event)});
}

void StoreJournal::Add(Waiting waiting) {
  bool half_full = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= options_.max_waiting) {
      ++dropped_;
      AddCount(kDroppedName, 1);
      return;
    }
    waiting_.push_back(std::move(waiting));
    half_full = waiting_.size() == options_.max_waiting / 2;
  }
  if (half_full) wake_.notify_one();
}

void StoreJournal::Count(std::string_view name, std::uint64_t by) {
  const std::lock_guard lock(mutex_);
  AddCount(name, by);
}

void StoreJournal::AddCount(std::string_view name, std::uint64_t by) {
  const Counter counter(Minute(clock_.Wall()), name);
  const auto found = counters_.find(counter);
  if (found != counters_.end()) {
    found->second += by;
  } else if (counters_.size() < kMaxCounters) {
    counters_.emplace(counter, by);
  } else {
    dropped_ += by;
  }
}

bool StoreJournal::ToldLately(const Event& event) {
  const auto now = clock_.Steady();
  std::string subject = event.kind + '\n' + event.subject;
  const auto* const told = told_.Find(subject);
  if (told && now - *told < kTellAgain) return true;
  told_.Put(std::move(subject), now);
  return false;
}

bool StoreJournal::Flush() {
  const std::lock_guard flushing(flush_mutex_);
  // A store that fell back to memory would take counters that nobody ever sees.
  if (store_.health() != store::Health::kUp) return false;
  const auto deadline = steady_clock::now() + options_.flush_time;
  const bool queue_done = FlushQueue(deadline);
  return FlushCounters(deadline) && queue_done;
}

bool StoreJournal::FlushQueue(base::Deadline deadline) {
  for (;;) {
    auto batch = TakeBatch();
    if (batch.empty()) return true;
    std::vector<store::Store::StreamEntry> entries;
    for (const Waiting& waiting : batch) AppendTo(entries, waiting);
    const auto written = store_.Append(entries, deadline);
    if (written) continue;
    if (WorthRetrying(written.error()) || written.error().kind == base::ErrorKind::kTimeout) {
      PutBack(std::move(batch));
      return false;
    }
    dropped_ += batch.size();
  }
}

StoreJournal::Queue StoreJournal::TakeBatch() {
  const std::lock_guard lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(kBatch, waiting_.size()));
  Queue batch(std::make_move_iterator(waiting_.begin()),
              std::make_move_iterator(waiting_.begin() + count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  return batch;
}

void StoreJournal::PutBack(Queue batch) {
  const std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.begin(), std::make_move_iterator(batch.begin()),
                  std::make_move_iterator(batch.end()));
}

void StoreJournal::AppendTo(std::vector<store::Store::StreamEntry>& entries,
                            const Waiting& waiting) const {
  const Origin origin{options_.program, options_.host};
  if (const auto* const event = std::get_if<Event>(&waiting.what)) {
    entries.push_back(
        {KeyMaker::EventFeed(), EventFields(*event, origin, waiting.at), options_.feed_entries});
    return;
  }
  const auto& record = std::get<DecisionRecord>(waiting.what);
  auto fields = RecordFields(record, origin, waiting.at);
  if (!record.queue_id.empty()) {
    entries.push_back({KeyMaker::Records(options_.host, record.queue_id), fields, kMessageEntries,
                       options_.keep_records});
  }
  entries.push_back({KeyMaker::RecordFeed(), std::move(fields), options_.feed_entries});
}

bool StoreJournal::FlushCounters(base::Deadline deadline) {
  Counters counters;
  {
    const std::lock_guard lock(mutex_);
    counters.swap(counters_);
  }
  while (!counters.empty()) {
    const auto& [counter, by] = *counters.begin();
    const auto added =
        store_.Increment(KeyMaker::Counter(options_.program, counter.second, counter.first),
                         static_cast<std::int64_t>(by), options_.keep_counters, deadline);
    if (!added && WorthRetrying(added.error())) break;
    if (!added) dropped_ += by;
    counters.erase(counters.begin());
  }
  const bool done = counters.empty();
  const std::lock_guard lock(mutex_);
  for (const auto& [counter, by] : counters) counters_[counter] += by;
  return done;
}

void StoreJournal::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, options_.flush_every);
    if (stopping_) return;
    lock.unlock();
    Flush();
    lock.lock();
  }
}

}  // namespace gatepost::journal
