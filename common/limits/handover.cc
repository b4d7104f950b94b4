#include "common/limits/handover.h"

#include <algorithm>
#include <exception>
#include <random>
#include <utility>

#include "common/log/log.h"

namespace gatepost::limits {
namespace {

using base::ErrorKind;
using std::chrono::steady_clock;
using store::Health;
using namespace std::chrono_literals;

constexpr auto kLastCalls = 1s;       // for what waits at the end
constexpr auto kCallTime = 1s;        // for a batch
constexpr auto kAskAgain = 50ms;      // whether the store is back
constexpr auto kFlushAskAgain = 5ms;  // whether the store went away meanwhile
constexpr auto kLongestDelay = 300;   // milliseconds; hosts do not begin all at once
constexpr std::size_t kBatch = 100;
constexpr auto kBetweenBatches = 2ms;  // mail goes first

// The call may have had its effect.
bool IsUnknown(const base::Error& error) {
  return error.kind == ErrorKind::kTimeout || error.kind == ErrorKind::kUnavailable;
}

bool WorthAnotherTry(const base::Error& error) {
  return IsUnknown(error) || error.kind == ErrorKind::kPermission ||
         error.kind == ErrorKind::kLimit;
}

std::chrono::milliseconds SomeDelay() {
  std::random_device random;
  return std::chrono::milliseconds(std::uniform_int_distribution<int>(0, kLongestDelay)(random));
}

}  // namespace

Handover::Handover(store::Store& store, const base::Clock& clock, Options options)
    : store_(store), clock_(clock), options_(options), thread_([this] { Run(); }) {}

void Handover::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    end_ = steady_clock::now() + kLastCalls;
  }
  wake_.notify_all();
  thread_.join();
  const std::lock_guard lock(mutex_);
  for (const auto& settlement : queue_) CountDrop(settlement);
  queue_.clear();
  TellDone();
}

void Handover::Post(Settlement settlement, bool tried) {
  if (tried && settlement.mode == SettleMode::kCommit) settlement.mode = SettleMode::kLate;
  auto parts = Split(std::move(settlement), store_.one_tag_per_script());
  const std::lock_guard lock(mutex_);
  for (auto& part : parts) {
    // What is given back expires by itself, so it leaves room for what must count.
    const std::size_t most = Counts(part) ? options_.queue : options_.queue / 2;
    if (stopping_ || queue_.size() >= most) {
      CountDrop(part);
    } else {
      queue_.push_back(std::move(part));
    }
  }
  if (!queue_.empty()) wake_.notify_one();
}

void Handover::CountDrop(const Settlement& settlement) {
  dropped_ += Counts(settlement) && settlement.first ? 1 : 0;
}

std::size_t Handover::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() + in_batch_;
}

std::uint64_t Handover::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void Handover::Flush() {
  std::unique_lock lock(mutex_);
  while (queue_.size() + in_batch_ > 0 && store_.health() == Health::kUp) {
    settled_.wait_for(lock, kFlushAskAgain);
  }
}

// Waits until there is something to settle and a store that takes it; false at the end.
bool Handover::AwaitTurn(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    const bool up = store_.health() == Health::kUp;
    if (stopping_ && (queue_.empty() || !up || steady_clock::now() >= end_)) return false;
    if (queue_.empty()) {
      wake_.wait(lock);
    } else if (!up) {
      was_away_ = true;
      wake_.wait_for(lock, kAskAgain);
    } else if (was_away_ && !stopping_) {
      was_away_ = false;
      wake_.wait_for(lock, SomeDelay());
    } else {
      return true;
    }
  }
}

base::Deadline Handover::NextDeadline() const {
  return std::min(steady_clock::now() + kCallTime, end_);
}

void Handover::Run() {
  std::unique_lock lock(mutex_);
  while (AwaitTurn(lock)) {
    Batch batch = TakeBatch();
    lock.unlock();
    batch = Settle(std::move(batch));
    lock.lock();
    in_batch_ = 0;
    const bool again = !batch.empty();
    PutBack(std::move(batch));
    if (queue_.empty()) TellDone();
    settled_.notify_all();
    if (!queue_.empty() && !stopping_) wake_.wait_for(lock, again ? kAskAgain : kBetweenBatches);
  }
}

Handover::Batch Handover::TakeBatch() {
  const auto count = static_cast<std::ptrdiff_t>(std::min(kBatch, queue_.size()));
  Batch batch(std::make_move_iterator(queue_.begin()),
              std::make_move_iterator(queue_.begin() + count));
  queue_.erase(queue_.begin(), queue_.begin() + count);
  in_batch_ = batch.size();
  return batch;
}

// Each call has an outcome of its own. What may have had its effect is tried again where a second
// effect does no harm.
Handover::Batch Handover::Settle(Batch batch) {
  const auto now = clock_.Steady();
  std::deque<SettleCall> calls;
  std::vector<store::Store::ScriptCall> scripts;
  for (const auto& settlement : batch) {
    scripts.push_back(calls.emplace_back(settlement, options_.known, now).call());
  }
  const auto results = store_.RunAll(scripts, NextDeadline());
  Batch again;
  std::uint64_t counted = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Settlement& settlement = batch[i];
    if (results[i]) {
      counted += Counts(settlement) && settlement.first ? 1 : 0;
    } else if (WorthAnotherTry(results[i].error()) && settlement.mode != SettleMode::kReturn) {
      if (IsUnknown(results[i].error()) && settlement.mode == SettleMode::kCommit) {
        settlement.mode = SettleMode::kLate;
      }
      again.push_back(std::move(settlement));
    } else {
      const std::lock_guard lock(mutex_);
      CountDrop(settlement);
    }
  }
  const std::lock_guard lock(mutex_);
  handed_over_ += counted;
  return again;
}

// One line for a hand-over, however many batches it took.
void Handover::TellDone() {
  if (handed_over_ == 0 && dropped_ == dropped_told_) return;
  log::Info("limits_handed_over")
      .With("messages", static_cast<std::int64_t>(handed_over_))
      .With("dropped", static_cast<std::int64_t>(dropped_ - dropped_told_));
  handed_over_ = 0;
  dropped_told_ = dropped_;
}

void Handover::PutBack(Batch batch) {
  queue_.insert(queue_.begin(), std::make_move_iterator(batch.begin()),
                std::make_move_iterator(batch.end()));
}

}  // namespace gatepost::limits
