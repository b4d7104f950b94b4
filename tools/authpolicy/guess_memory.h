// Wrong guesses as all hosts remember them, in the store: at an account, by a client, from its
// network. One round trip a call. While the store is away this host's memory stands in for it;
// where even that fails, nothing is known, and nobody is kept out. Any thread.
#pragma once

#include <chrono>
#include <string>

#include "common/base/clock.h"
#include "common/base/ip_address.h"
#include "common/store/store.h"
#include "tools/authpolicy/guess_policy.h"

namespace gatepost::authpolicy {

struct Guess {
  std::string account;  // in its one spelling
  base::IpAddress client;
  std::string pwhash;  // "": each guess counts
};

struct MemoryTerms {
  std::chrono::milliseconds window = std::chrono::hours(1);
  std::chrono::milliseconds block_time = std::chrono::hours(1);
  std::chrono::milliseconds known_place = std::chrono::hours(24 * 30);
};

class GuessMemory {
 public:
  static constexpr std::int64_t kMostGuesses = 1'000;  // of one subject

  explicit GuessMemory(store::Store& store) : store_(store) {}

  GuessCounts Look(const Guess& guess, base::Deadline deadline);
  // Who has just made as many guesses as block it; told once among all hosts.
  struct Blocked {
    bool account = false;
    bool address = false;
    bool network = false;
  };
  Blocked AddFailure(const Guess& guess, const GuessRules& rules, const MemoryTerms& terms,
                     base::Deadline deadline);
  // The owner's own mistakes at this place count no longer; the place is known now.
  void AddSuccess(const Guess& guess, const MemoryTerms& terms, base::Deadline deadline);

 private:
  store::Store& store_;
};

// What counts as one client: an address; of IPv6 its /64.
std::string ClientName(const base::IpAddress& client);
// Its network: a /24, a /48.
std::string NetworkName(const base::IpAddress& client);

}  // namespace gatepost::authpolicy
