// The state that programs and hosts share: counters, leases, administrative state, the journal's
// streams. Two implementations (memory_store.h, redis_store.h) pass one typed test suite.
// Any thread may call; every call returns by its deadline, whatever the server does.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace gatepost::store {

// A key made by store/keys.h: hash-tagged, length-capped, input encoded. Never made from raw input.
class Key {
 public:
  const std::string& text() const { return text_; }
  friend bool operator==(const Key&, const Key&) = default;

 private:
  friend class KeyMaker;
  explicit Key(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

enum class Health {
  kUp,        // answers
  kReadOnly,  // a replica, or a primary that refuses writes (READONLY, MISCONF, OOM)
  kLoading,   // starting up (LOADING) or busy with a script (BUSY)
  kDown,      // no connection, or none that answers in time
};

class Store {
 public:
  virtual ~Store() = default;

  // -- values ------------------------------------------------------------------------------------
  virtual base::Result<std::optional<std::string>> Get(const Key& key, base::Deadline deadline) = 0;
  virtual base::Result<void> Set(const Key& key, std::string_view value,
                                 std::chrono::milliseconds ttl, base::Deadline deadline) = 0;
  virtual base::Result<void> Erase(const Key& key, base::Deadline deadline) = 0;

  // -- counters that expire ----------------------------------------------------------------------
  // Adds `by` and returns the sum. The first addition sets the time to live; later ones keep it.
  virtual base::Result<std::int64_t> Increment(const Key& key, std::int64_t by,
                                               std::chrono::milliseconds ttl,
                                               base::Deadline deadline) = 0;

  // -- leases: one holder among all hosts --------------------------------------------------------
  // True when `owner` now holds the lease for `ttl` (newly, or renewed by its holder).
  virtual base::Result<bool> AcquireLease(const Key& key, std::string_view owner,
                                          std::chrono::milliseconds ttl,
                                          base::Deadline deadline) = 0;
  // Only the holder's release has an effect.
  virtual base::Result<void> ReleaseLease(const Key& key, std::string_view owner,
                                          base::Deadline deadline) = 0;

  // -- streams (the journal) ---------------------------------------------------------------------
  struct StreamEntry {
    Key stream;
    Fields fields;
    std::uint64_t keep_entries;  // about this many newest entries stay
  };
  // Appends all in one round trip.
  virtual base::Result<void> Append(const std::vector<StreamEntry>& entries,
                                    base::Deadline deadline) = 0;

  // -- administrative state: a hash that lives until it is changed ---------------------------------
  virtual base::Result<void> SetField(const Key& key, std::string_view field, std::string_view value,
                                      base::Deadline deadline) = 0;
  virtual base::Result<void> EraseField(const Key& key, std::string_view field,
                                        base::Deadline deadline) = 0;
  virtual base::Result<std::map<std::string, std::string>> GetFields(const Key& key,
                                                                     base::Deadline deadline) = 0;

  virtual Health health() const = 0;
};

}  // namespace gatepost::store
