// How one message ends in the store: what it reserved counts, or is given back. Made by the ledger,
// run at once or later by the hand-over. Values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/store/limit_charges.h"
#include "common/store/store.h"

namespace gatepost::limits {

enum class SettleMode {
  kCommit,   // counts
  kLate,     // counts where the reservation is still there: an earlier try may have had its effect
  kOnce,     // counts unless an earlier try did: what the shared store may never have heard of
  kRelease,  // gives all back
  kReturn,   // gives the amounts back
};

struct KnownOptions {
  std::chrono::milliseconds life{0};
  std::int64_t most = 0;
};

struct Settlement {
  std::string id;
  SettleMode mode = SettleMode::kRelease;
  base::SteadyTime at{};         // when the message ended
  std::vector<store::Key> keys;  // of the subjects
  store::LimitCharges charges;   // of the subjects
  bool exact = false;            // the charges are what is reserved
  std::optional<store::Key> known;
  std::vector<std::string> recipients;  // to remember, as hashes
  bool first = true;                    // of its parts
  // What the shared store does not know of yet: it does when the last copy is gone.
  std::shared_ptr<const void> unsettled = nullptr;
};

// It is of a message that was accepted.
bool Counts(const Settlement& settlement);

// In parts for one script each, where all keys of a script must share a hash tag. Only the first
// stands for the message where messages are counted.
std::vector<Settlement> Split(Settlement settlement, bool one_tag_per_script);

// The script call of one settlement; holds what it refers to.
class SettleCall {
 public:
  SettleCall(const Settlement& settlement, KnownOptions known, base::SteadyTime now);
  store::Store::ScriptCall call() const;

 private:
  std::vector<store::Key> keys_;
  std::vector<std::string> arguments_;
};

}  // namespace gatepost::limits
