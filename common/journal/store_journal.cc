#include "common/journal/store_journal.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "common/journal/record_fields.h"
#include "common/log/log.h"
#include "common/store/keys.h"

namespace gatepost::journal {
namespace {

using std::chrono::steady_clock;
using store::KeyMaker;

// Mail goes first: a batch keeps the store busy for less than half a millisecond.
constexpr std::size_t kBatch = 16;
constexpr std::chrono::milliseconds kBetweenBatches{1};
constexpr std::size_t kMaxCounters = 10'000;
constexpr std::size_t kToldEvents = 1'000;
constexpr std::chrono::minutes kTellAgain{1};
constexpr std::string_view kDroppedName = "journal_dropped";
constexpr std::uint64_t kMessageEntries = 64;  // of one message, all programs together
constexpr std::uint64_t kAccountEntries = 2'000;

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
  FlushGuarded();
}

void StoreJournal::Record(DecisionRecord record) {
  CutValues(record);
  Add({clock_.Wall(), std::move(record)});
}

void StoreJournal::Report(Event event) {
  CutValues(event);
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
    if (waiting_.size() + flushing_size_ >= options_.max_waiting) {
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
  Names& names = counters_[Minute(clock_.Wall())];
  const auto found = names.find(name);
  if (found != names.end()) {
    found->second += by;
  } else if (counter_count_ < kMaxCounters) {
    names.emplace(name, by);
    ++counter_count_;
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
  EnterHost(deadline);
  const bool queue_done = FlushQueue(deadline);
  return FlushCounters(deadline) && queue_done;
}

// So that who looks for a message knows where it may have been.
void StoreJournal::EnterHost(base::Deadline deadline) {
  if (host_entered_) return;
  const std::string now = std::to_string(std::chrono::system_clock::to_time_t(clock_.Wall()));
  host_entered_ = store_.SetField(KeyMaker::Hosts(), options_.host, now, deadline).has_value();
}

bool StoreJournal::FlushQueue(base::Deadline deadline) {
  for (;;) {
    if (flushing_.empty()) {
      const std::lock_guard lock(mutex_);
      flushing_.swap(waiting_);
      flushing_size_ = flushing_.size();
    }
    if (flushing_.empty()) return true;
    if (!FlushBatch(deadline)) return false;
    std::this_thread::sleep_for(kBetweenBatches);
  }
}

bool StoreJournal::FlushBatch(base::Deadline deadline) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(kBatch, flushing_.size()));
  std::vector<store::Store::StreamEntry> entries;
  for (auto it = flushing_.begin(); it != flushing_.begin() + count; ++it) AppendTo(entries, *it);
  const auto written = store_.Append(entries, deadline);
  if (!written) {
    const bool later =
        WorthRetrying(written.error()) || written.error().kind == base::ErrorKind::kTimeout;
    if (later) return false;
    dropped_ += static_cast<std::uint64_t>(count);
  }
  flushing_.erase(flushing_.begin(), flushing_.begin() + count);
  flushing_size_ = flushing_.size();
  return true;
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
  if (!record.account.empty()) {
    entries.push_back({KeyMaker::AccountMessages(record.account),
                       AccountFields(record, origin, waiting.at), kAccountEntries,
                       options_.keep_records});
  }
  entries.push_back({KeyMaker::RecordFeed(), std::move(fields), options_.feed_entries});
}

bool StoreJournal::FlushCounters(base::Deadline deadline) {
  Counters counters;
  {
    const std::lock_guard lock(mutex_);
    counters.swap(counters_);
    counter_count_ = 0;
  }
  for (auto& [minute, names] : counters) {
    if (!FlushMinute(minute, names, deadline)) break;
  }
  std::size_t left = 0;
  const std::lock_guard lock(mutex_);
  for (const auto& [minute, names] : counters) {
    for (const auto& [name, by] : names) counters_[minute][name] += by;
    left += names.size();
  }
  counter_count_ += left;  // a name that came anew counts twice until the next flush
  return left == 0;
}

// Adds the counters of a minute and takes them from `names`; false when the store is away.
bool StoreJournal::FlushMinute(std::int64_t minute, Names& names, base::Deadline deadline) {
  while (!names.empty()) {
    const auto& [name, by] = *names.begin();
    const auto added =
        store_.Increment(KeyMaker::Counter(options_.program, name, minute),
                         static_cast<std::int64_t>(by), options_.keep_counters, deadline);
    if (!added && WorthRetrying(added.error())) return false;
    if (!added) dropped_ += by;
    names.erase(names.begin());
  }
  return true;
}

// Out of memory, or a bug, costs records, not the program.
void StoreJournal::FlushGuarded() {
  try {
    Flush();
  } catch (const std::exception& error) {
    ++dropped_;
    log::Error("journal_failed").With("reason", error.what());
  }
}

void StoreJournal::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, options_.flush_every);
    if (stopping_) return;
    lock.unlock();
    FlushGuarded();
    lock.lock();
  }
}

}  // namespace gatepost::journal
