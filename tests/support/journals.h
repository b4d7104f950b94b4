// Journals for tests: one that forgets, one that remembers. RecordingJournal may be used from any
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/journal/journal.h"

namespace gatepost::support {

class NullJournal final : public journal::Journal {
 public:
  void Record(journal::DecisionRecord) override {}
  void Count(std::string_view, std::uint64_t) override {}
  void Report(journal::Event) override {}
};

// Keeps all, equal events included.
class RecordingJournal final : public journal::Journal {
 public:
  void Record(journal::DecisionRecord record) override {
    const std::lock_guard lock(mutex_);
    records_.push_back(std::move(record));
  }
  void Count(std::string_view name, std::uint64_t by) override {
    const std::lock_guard lock(mutex_);
    counts_[std::string(name)] += by;
  }
  void Report(journal::Event event) override {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }

  std::vector<journal::DecisionRecord> records() const {
    const std::lock_guard lock(mutex_);
    return records_;
  }
  std::vector<journal::Event> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::uint64_t count(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(name);
    return found == counts_.end() ? 0 : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<journal::DecisionRecord> records_;
  std::vector<journal::Event> events_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace gatepost::support
