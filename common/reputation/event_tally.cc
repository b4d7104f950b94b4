#include "common/reputation/event_tally.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <span>

#include "common/log/log.h"
#include "common/store/keys.h"
#include "common/store/script.h"

namespace gatepost::reputation {
namespace {

using store::DecayingWeights;
using namespace std::chrono_literals;

constexpr auto kGather = 1s;
constexpr std::size_t kPostEarly = 5'000;  // senders
constexpr std::size_t kMostSubjects = 10'000;
constexpr std::size_t kBatch = 16;  // senders of one background write

std::int64_t Bounded(std::int64_t weight) { return std::min(weight, DecayingWeights::kMost); }

// One sender, one round trip; its standing afterwards is known for free.
bool WriteOne(store::Store& store, const std::string& subject, std::array<std::string, 3> arguments,
              StandingCache& cache, base::Deadline deadline) {
  const auto key = store::KeyMaker::Reputation(subject);
  const auto sums =
      store.shared().Run(store::scripts::kReputationAdd, {&key, 1}, arguments, deadline);
  if (!sums || sums->size() != 3) return false;
  cache.Put(subject, DecayingWeights{(*sums)[0], (*sums)[1], (*sums)[2]});
  return true;
}

// How many were written. One that fails ends it: the server is away, or the time is over.
std::size_t WriteBatch(store::Store& store, std::span<const std::pair<std::string, Weight>> batch,
                       std::chrono::seconds half_life, StandingCache& cache,
                       base::Deadline deadline) {
  const auto failed = std::ranges::find_if_not(batch, [&](const auto& sum) {
    const auto& [subject, weight] = sum;
    return WriteOne(store, subject,
                    {std::to_string(weight.good), std::to_string(weight.bad),
                     std::to_string(half_life.count())},
                    cache, deadline);
  });
  return static_cast<std::size_t>(failed - batch.begin());
}

}  // namespace

EventTally::EventTally(store::BackgroundWriter& writer, std::shared_ptr<StandingCache> cache,
                       std::chrono::seconds half_life)
    : writer_(writer),
      cache_(std::move(cache)),
      half_life_(half_life),
      thread_([this] { Run(); }) {}

EventTally::~EventTally() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  PostGuarded();
}

void EventTally::Add(std::string_view subject, Weight weight) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    auto found = sums_.find(subject);
    if (found == sums_.end()) {
      if (sums_.size() >= kMostSubjects) {
        ++*dropped_;
        writer_.CountDropped();
        return;
      }
      found = sums_.emplace(subject, Weight{}).first;
      wake = sums_.size() == 1 || sums_.size() == kPostEarly;
    }
    found->second.good = Bounded(found->second.good + weight.good);
    found->second.bad = Bounded(found->second.bad + weight.bad);
  }
  if (wake) wake_.notify_one();
}

void EventTally::Post() {
  Sums sums;
  {
    const std::lock_guard lock(mutex_);
    sums.swap(sums_);
  }
  Batch batch;
  for (auto& [subject, weight] : sums) {
    batch.emplace_back(subject, weight);
    if (batch.size() == kBatch) PostBatch(std::exchange(batch, {}));
  }
  if (!batch.empty()) PostBatch(std::move(batch));
}

void EventTally::PostBatch(Batch batch) {
  const std::size_t senders = batch.size();
  // The write may outlive the tally, and not the writer.
  auto write = [batch = std::move(batch), cache = cache_, dropped = dropped_, &writer = writer_,
                half_life = half_life_](store::Store& store, base::Deadline deadline) {
    const std::size_t lost = batch.size() - WriteBatch(store, batch, half_life, *cache, deadline);
    *dropped += lost;
    writer.CountDropped(lost);
  };
  if (!writer_.Post(std::move(write), senders)) *dropped_ += senders;
}

// Out of memory costs events, not the program.
void EventTally::PostGuarded() {
  try {
    Post();
  } catch (const std::exception& error) {
    log::Error("reputation_failed").With("reason", error.what());
  }
}

void EventTally::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait(lock, [this] { return stopping_ || !sums_.empty(); });
    wake_.wait_for(lock, kGather, [this] { return stopping_ || sums_.size() >= kPostEarly; });
    lock.unlock();
    PostGuarded();
    lock.lock();
  }
}

}  // namespace gatepost::reputation
