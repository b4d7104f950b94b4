// The state that programs and hosts share: counters, leases, administrative state, the journal's
// streams. Two implementations (memory_store.h, redis_store.h) pass one typed test suite.
// Any thread may call; every call returns by its deadline, whatever the server does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
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

struct Script;  // store/script.h

using Fields = std::vector<std::pair<std::string, std::string>>;
using FieldMap = std::map<std::string, std::string, std::less<>>;

enum class Health {
  kUp,        // answers
  kReadOnly,  // a replica, or a primary that refuses writes (READONLY, MISCONF, OOM)
  kLoading,   // starting up (LOADING) or busy with a script (BUSY)
  kDown,      // no connection, or none that answers in time
};

// Told once per change of health, from the store's own thread, which must not be kept waiting.
// `reason` is one sentence for the log.
using StateListener = std::function<void(Health health, const std::string& reason)>;

// A call that ends in kTimeout or kUnavailable may still have had its effect on the server.
class Store {
 public:
  virtual ~Store() = default;

  // -- values; a time to live is above zero ------------------------------------------------------
  virtual base::Result<std::optional<std::string>> Get(const Key& key, base::Deadline deadline) = 0;
  // All values in the order of the keys, in one round trip where there is one.
  virtual base::Result<std::vector<std::optional<std::string>>> GetAll(std::span<const Key> keys,
                                                                       base::Deadline deadline);
  virtual base::Result<void> Set(const Key& key, std::string_view value,
                                 std::chrono::milliseconds ttl, base::Deadline deadline) = 0;
  virtual base::Result<void> Erase(const Key& key, base::Deadline deadline) = 0;

  // -- counters that expire ----------------------------------------------------------------------
  // ----------------------------------------------------------------------- Adds `by` and returns
  // the sum. The first addition sets the time to live; later ones keep it.
  virtual base::Result<std::int64_t> Increment(const Key& key, std::int64_t by,
                                               std::chrono::milliseconds ttl,
                                               base::Deadline deadline);

  // -- leases: one holder among all hosts --------------------------------------------------------
  // True when `owner` now holds the lease for `ttl` (newly, or renewed by its holder).
  virtual base::Result<bool> AcquireLease(const Key& key, std::string_view owner,
                                          std::chrono::milliseconds ttl, base::Deadline deadline);
  // Only the holder's release has an effect.
  virtual base::Result<void> ReleaseLease(const Key& key, std::string_view owner,
                                          base::Deadline deadline);

  // -- streams (the journal) ---------------------------------------------------------------------
  struct StreamEntry {
    Key stream;
    Fields fields;
    std::uint64_t keep_entries;  // about this many newest entries stay
    // Of the whole stream, from this entry on; 0: for ever. All entries of a stream agree on
    // whether there is one.
    std::chrono::milliseconds ttl{0};
  };
  // Appends all in one round trip.
  virtual base::Result<void> Append(const std::vector<StreamEntry>& entries,
                                    base::Deadline deadline) = 0;
  // At most `count` entries, the newest first; none where there is no such stream.
  virtual base::Result<std::vector<Fields>> Newest(const Key& stream, std::size_t count,
                                                   base::Deadline deadline) = 0;

  // -- administrative state: a hash that lives until it is changed
  // ---------------------------------
  virtual base::Result<void> SetField(const Key& key, std::string_view field,
                                      std::string_view value, base::Deadline deadline) = 0;
  virtual base::Result<void> EraseField(const Key& key, std::string_view field,
                                        base::Deadline deadline) = 0;
  virtual base::Result<FieldMap> GetFields(const Key& key, base::Deadline deadline) = 0;

  // -- for people: everything of a kind
  // Visits each text whose key begins with `prefix` (a KeyMaker's), some perhaps twice, while
  // others are written; slow. kInvalid where the store cannot.
  using Visit = std::function<void(const std::string& key, const std::string& text)>;
  virtual base::Result<void> ForEachText(std::string_view prefix, const Visit& visit,
                                         base::Deadline deadline);

  // -- scripts: several steps as one
  // --------------------------------------------------------------- Runs the script on keys of one
  // hash tag; returns the integers that it returns.
  virtual base::Result<std::vector<std::int64_t>> Run(const Script& script,
                                                      std::span<const Key> keys,
                                                      std::span<const std::string> arguments,
                                                      base::Deadline deadline) = 0;

  // One step of RunAll. What it refers to outlives the call.
  struct ScriptCall {
    const Script& script;
    std::span<const Key> keys;
    std::span<const std::string> arguments;
  };
  // Runs several scripts in one round trip where there is one; each is atomic by itself and has a
  // result of its own, in the order of the calls.
  virtual std::vector<base::Result<std::vector<std::int64_t>>> RunAll(
      std::span<const ScriptCall> calls, base::Deadline deadline);
  // True where all keys of one script must share a hash tag (Redis Cluster, memory). Else a script
  // may take keys of any tags.
  virtual bool one_tag_per_script() const { return true; }

  virtual Health health() const = 0;

  // This store without what stands in for it while it is away (resilient_store.h). For what has no
  // meaning in one host's memory: what senders proved or did before, reports to be sent. There an
  // error is better than an empty answer, or a write that nobody reads. Lives as long as this.
  virtual Store& shared() { return *this; }
};

}  // namespace gatepost::store
