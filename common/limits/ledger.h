// Exact counting of limits, shared by all hosts: reserve at RCPT, settle when the message is
// accepted or given up. While the shared store is away this host counts alone, from what it let
// through itself, and hands over what it counted when the store is back. Any thread; each call ends
// by its deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::limits {

// One limit of one subject, as it applies now.
struct Charge {
  std::string slot;  // Limit::slot()
  std::chrono::milliseconds window{0};
  std::int64_t limit = 0;   // whatever tables, overrides and reputation make of it
  std::int64_t amount = 0;  // to reserve
  bool enforced = true;     // false: shadow
  bool only_new = false;    // counts only when the recipient is new to the account
};

struct SubjectCharges {
  std::string subject;  // "user alice@example.org": limits/subject.h
  std::vector<Charge> charges;
};

// Whether a recipient is new to an account, and what to remember.
struct Acquaintance {
  std::string account_subject;  // "user alice@example.org"; "": nobody asks
  std::string recipient;        // in one spelling; it is kept as a hash only
};

struct ChargeOutcome {
  std::int64_t used = 0;  // without this amount
  // 0: it fits; negative: it never does. As if all that is reserved were committed now: it comes
  // later than it might, not earlier.
  std::chrono::milliseconds room_in{0};
  std::int64_t refused = 0;  // attempts refused in this window
};

struct Outcome {
  bool reserved = false;  // else nothing at all was reserved
  bool new_recipient = false;
  bool shared = false;  // decided with the shared store; else by this host alone
  std::vector<std::vector<ChargeOutcome>> charges;  // as they were given
};

struct LedgerOptions {
  std::chrono::milliseconds reservation_life{std::chrono::minutes(15)};
  std::chrono::milliseconds known_life{std::chrono::hours(24 * 90)};
  std::int64_t most_known = 5'000;         // recipients remembered for one account
  std::size_t local_subjects = 200'000;    // counted by this host alone
  std::size_t waiting_handovers = 50'000;  // counted while the store was away
};

class Ledger;

// All that one message has reserved. Move-only; what was neither committed nor released is given
// back, in the background, when it goes.
class Reservation {
 public:
  Reservation(Reservation&&) noexcept;
  Reservation& operator=(Reservation&&) noexcept;
  ~Reservation();

  const std::string& id() const;  // unique among all hosts; also the reference in replies

  // Adds to what is reserved, all or nothing, in one round trip. `beside`: scripts of others that
  // ride in the same round trip, their results put into `beside_results` (empty where the store is
  // away).
  Outcome Reserve(std::span<const SubjectCharges> charges, const Acquaintance& acquaintance,
                  base::Deadline deadline, std::span<const store::Store::ScriptCall> beside = {},
                  std::vector<base::Result<std::vector<std::int64_t>>>* beside_results = nullptr);

  // The message was accepted: what is reserved counts, in one round trip. Bytes: `bytes` replaces
  // what was reserved of slots that count bytes ("b..."). Never fails: what the store does not take
  // now is handed over later.
  void Commit(std::int64_t bytes, base::Deadline deadline,
              std::span<const store::Store::ScriptCall> beside = {});
  // The message was given up: its room is free again when this returns, in one round trip. Never
  // fails: what the store does not take now is handed over later.
  void Release(base::Deadline deadline);

 private:
  friend class Ledger;
  class Impl;
  explicit Reservation(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Ledger {
 public:
  // `store` and `clock` outlive it.
  Ledger(store::Store& store, LedgerOptions options,
         const base::Clock& clock = base::SystemClock::Instance());
  // Hands over what it can within a second.
  ~Ledger();

  Reservation Begin();
  // What was counted here and is not handed over yet; what was lost because too much waited.
  std::size_t waiting() const;
  std::uint64_t dropped() const;
  // For tests: returns when nothing waits or the store is away.
  void Flush();

 private:
  friend class Reservation;
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace gatepost::limits
