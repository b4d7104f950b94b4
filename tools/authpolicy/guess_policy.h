// Decides about a login from what is known of its account, its client and the place it comes from.
// Pure functions; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatepost::authpolicy {

enum class Mode { kEnforce, kShadow, kOff };

// Wrong guesses within the window: as many as `free` are not delayed, `block` are refused.
struct GuessLimits {
  std::int64_t free = 0;
  std::int64_t block = 0;  // 0: never
  friend bool operator==(const GuessLimits&, const GuessLimits&) = default;
};

struct GuessRules {
  Mode mode = Mode::kEnforce;
  GuessLimits address{5, 30};
  GuessLimits network{20, 150};
  GuessLimits account{10, 200};
  std::chrono::milliseconds max_delay = std::chrono::seconds(5);
};

// Different wrong guesses that are remembered. 0 where there is no such subject, and where nobody
// could be asked.
struct GuessCounts {
  std::int64_t account = 0;  // at this account, from anywhere
  std::int64_t place = 0;    // at this account, from this network
  std::int64_t address = 0;  // by this client, at any account
  std::int64_t network = 0;
  bool known_place = false;  // the account's owner logged in from this network lately
};

enum class Reason { kNone, kSuspended, kAddress, kNetwork, kAccount, kPlace };

struct Decision {
  enum class Kind { kAllow, kDelay, kReject };
  Kind kind = Kind::kAllow;
  std::chrono::seconds delay{0};
  Reason reason = Reason::kNone;
  friend bool operator==(const Decision&, const Decision&) = default;
};

// What guessing asks for, whatever the mode says. At a place that its owner is known at, an account
// answers for the guesses from there alone: whoever guesses elsewhere, or at other accounts from
// the same address, neither delays the owner nor locks him out.
Decision Decide(const GuessRules& rules, const GuessCounts& counts);

std::string_view Name(Reason reason);  // "address"

}  // namespace gatepost::authpolicy
