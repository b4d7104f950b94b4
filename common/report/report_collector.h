// Rows of aggregate reports on their way into the store, for a program that judges mail: as
// ReportStore::Add, in one round trip where that takes two. It remembers which domains are on the
// list of a day, and how many of them lie below one parent, so that who has one zone with a
// wildcard cannot fill the day's list. What it remembers takes a few megabytes at most. Lives as
// long as the program does. Any thread.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/lru_cache.h"
#include "common/report/report_store.h"

namespace gatepost::report {

class ReportCollector {
 public:
  // New domains below the same two last labels that one process lists on a day; ten times as many
  // below two letters, where the two may be a public suffix (co.uk).
  static constexpr std::size_t kMaxBelowOneParent = 1'000;
  static constexpr std::size_t kMaxBelowCountry = 10'000;
  static constexpr std::size_t kRemembered = 10'000;  // domains, and as many parents

  // `store` outlives it.
  explicit ReportCollector(store::Store& store) : reports_(store) {}

  // As ReportStore::Add; kLimit, without a round trip, for a domain that is not remembered and
  // whose parent has its most.
  base::Result<void> Add(Day day, const AggregateRow& row,
                         const std::vector<std::string>& addresses, base::Deadline deadline);

 private:
  base::Result<void> List(Day day, const mail::Domain& domain, base::Deadline deadline);
  bool IsListed(const std::string& entry);
  bool HasRoom(const std::string& parent, std::size_t most);
  void Remember(const std::string& entry, const std::string& parent, bool is_new);

  ReportStore reports_;
  std::mutex mutex_;                                // never held during a call of the store
  base::LruCache<bool> listed_{kRemembered};        // by day and domain
  base::LruCache<std::size_t> below_{kRemembered};  // new domains, by day and parent
};

}  // namespace gatepost::report
