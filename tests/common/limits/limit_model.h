// Limits counted the plain way: all that happened, with the span of time in which it did. What a
// limiter answers must lie between what surely counts and what may count.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace gatepost::limits {

class LimitModel {
 public:
  // Milliseconds of the Unix time between which a call was made.
  struct Span {
    std::int64_t from = 0;
    std::int64_t to = 0;
  };

  explicit LimitModel(std::int64_t window_ms) : window_(window_ms) {}

  void Reserve(const std::string& id, std::int64_t amount, std::int64_t life_ms, Span when) {
    Pending& entry = pending_[id];
    if (entry.until.to <= when.from) entry = {};  // it had expired
    // Where it may have expired meanwhile, what was there before may count or not.
    if (entry.until.from <= when.to) entry.sure = 0;
    entry.sure += amount;
    entry.possible += amount;
    entry.until.from = std::max(entry.until.from, when.from + life_ms);
    entry.until.to = std::max(entry.until.to, when.to + life_ms);
  }
  void Release(const std::string& id) { pending_.erase(id); }
  void Commit(std::int64_t amount, Span when) { committed_.push_back({amount, when}); }

  // What counts at any time of the span, whatever slices a limiter makes.
  std::int64_t Sure(Span when) const {
    std::int64_t sum = 0;
    for (const auto& event : committed_) {
      if (event.when.from > when.to - window_) sum += event.amount;
    }
    for (const auto& [id, entry] : pending_) {
      if (entry.until.from > when.to) sum += entry.sure;
    }
    return sum;
  }
  // What may count at some time of the span: room comes back late by a slice.
  std::int64_t Possible(Span when) {
    const std::int64_t oldest = when.from - window_ - window_ / 60 - 1;
    while (!committed_.empty() && committed_.front().when.to < oldest) committed_.pop_front();
    std::int64_t sum = 0;
    for (const auto& event : committed_) sum += event.amount;
    for (auto entry = pending_.begin(); entry != pending_.end();) {
      if (entry->second.until.to < when.from) {
        entry = pending_.erase(entry);
      } else {
        sum += (entry++)->second.possible;
      }
    }
    return sum;
  }

 private:
  struct Event {
    std::int64_t amount = 0;
    Span when;
  };
  struct Pending {
    std::int64_t sure = 0;
    std::int64_t possible = 0;
    Span until;
  };

  std::int64_t window_;
  std::deque<Event> committed_;  // in the order of time
  std::map<std::string, Pending> pending_;
};

}  // namespace gatepost::limits
