#include "common/store/background_writer.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "common/log/log.h"

namespace gatepost::store {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLastWrites = 1s;      // for what is queued at the end
constexpr auto kAskAgain = 100ms;     // whether the store is back
constexpr auto kFlushAskAgain = 5ms;  // whether the store went away meanwhile

}  // namespace

class BackgroundWriter::Impl {
 public:
  Impl(Store& store, Options options)
      : store_(store), options_(options), thread_([this] { Run(); }) {}
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool Post(Write write, std::uint64_t weight);
  void Flush();
  void CountDropped(std::uint64_t weight) { dropped_ += weight; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Posted {
    Write write;
    std::uint64_t weight = 1;
  };

  void Run();
  bool AwaitTurn(std::unique_lock<std::mutex>& lock);
  base::Deadline NextDeadline() const;  // with mutex_ held
  void WriteGuarded(const Posted& posted, base::Deadline deadline);

  Store& store_;
  const Options options_;
  std::atomic<std::uint64_t> dropped_ = 0;

  std::mutex mutex_;  // never held during a write
  std::condition_variable wake_;
  std::condition_variable written_;
  std::deque<Posted> queue_;
  std::uint64_t posted_ = 0;
  std::uint64_t finished_ = 0;
  bool stopping_ = false;
  base::Deadline end_ = base::Deadline::max();

  std::thread thread_;
};

BackgroundWriter::Impl::~Impl() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    end_ = steady_clock::now() + kLastWrites;
  }
  wake_.notify_all();
  thread_.join();
  for (const Posted& posted : queue_) dropped_ += posted.weight;
  if (dropped_ == 0) return;
  log::Warning("background_writes_dropped")
      .With("count", static_cast<std::int64_t>(dropped_.load()));
}

bool BackgroundWriter::Impl::Post(Write write, std::uint64_t weight) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.queue) {
      dropped_ += weight;
      return false;
    }
    first = queue_.empty();
    queue_.push_back({std::move(write), weight});
    ++posted_;
  }
  // While the store is away the queue is not empty, so posts do not wake the thread for nothing.
  if (first) wake_.notify_one();
  return true;
}

void BackgroundWriter::Impl::Flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = posted_;
  while (finished_ < target && store_.health() == Health::kUp) {
    written_.wait_for(lock, kFlushAskAgain);
  }
}

// Waits until there is a write and a store that takes it; false at the end.
bool BackgroundWriter::Impl::AwaitTurn(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    const bool up = store_.health() == Health::kUp;
    if (stopping_ && (queue_.empty() || !up || steady_clock::now() >= end_)) return false;
    if (queue_.empty()) {
      wake_.wait(lock);
    } else if (up) {
      return true;
    } else {
      wake_.wait_for(lock, kAskAgain);
    }
  }
}

base::Deadline BackgroundWriter::Impl::NextDeadline() const {
  return std::min(steady_clock::now() + options_.time, end_);
}

// Out of memory, or a bug, costs a write, not the program.
void BackgroundWriter::Impl::WriteGuarded(const Posted& posted, base::Deadline deadline) {
  try {
    posted.write(store_, deadline);
  } catch (const std::exception& error) {
    dropped_ += posted.weight;
    log::Error("background_write_failed").With("reason", error.what());
  }
}

void BackgroundWriter::Impl::Run() {
  std::unique_lock lock(mutex_);
  while (AwaitTurn(lock)) {
    Posted posted = std::move(queue_.front());
    queue_.pop_front();
    const auto deadline = NextDeadline();
    lock.unlock();
    WriteGuarded(posted, deadline);
    posted.write = nullptr;  // what it owns ends outside the lock
    lock.lock();
    ++finished_;
    written_.notify_all();
  }
}

BackgroundWriter::BackgroundWriter(Store& store, Options options)
    : impl_(std::make_unique<Impl>(store, options)) {}
BackgroundWriter::~BackgroundWriter() = default;

bool BackgroundWriter::Post(Write write, std::uint64_t weight) {
  return impl_->Post(std::move(write), weight);
}
void BackgroundWriter::CountDropped(std::uint64_t weight) { impl_->CountDropped(weight); }
std::uint64_t BackgroundWriter::dropped() const { return impl_->dropped(); }
void BackgroundWriter::Flush() { impl_->Flush(); }

}  // namespace gatepost::store
