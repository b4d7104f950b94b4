// Codes by which a recipient releases a message for himself: one for each held message of the
// policy class and each recipient, valid once and for some days. They are made from the site's
// secret and what the list of held messages says, so nothing is stored until one is used. Short
// enough to be typed: 100 bits in five groups, "7K2M-Q9TV-...". Any thread.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/quarantine/held_message.h"
#include "common/store/store.h"

namespace gatepost::quarantine {

// Nobody mistypes more often.
inline constexpr std::int64_t kMostTries = 20;
inline constexpr auto kTriesTime = std::chrono::hours(1);

class ReleaseCodes {
 public:
  struct Options {
    std::string secret;                                           // not ""
    std::chrono::milliseconds life = std::chrono::hours(24 * 7);  // from when it was held
  };
  // `store` outlives it; what stands in for an absent one is not asked.
  ReleaseCodes(store::Store& store, Options options);

  std::string Make(const HeldMessage& message, std::string_view recipient) const;

  struct Match {
    HeldMessage message;
    std::string recipient;
    std::string mark;  // for GiveBack
  };
  // Counts the try against `who` ("admin eva", "client 192.0.2.1"), finds the message among `held`
  // and marks the code as used. Blanks, hyphens and the case of letters do not matter, nor 0 for O
  // or 1 for I. kLimit: too many tries; kNotFound: wrong, expired, used, or for a message that is
  // not held any more or that recipients may not release: who guesses learns no more; else the
  // store's error.
  base::Result<Match> Use(std::string_view code, std::string_view who,
                          std::span<const HeldMessage> held, base::WallTime now,
                          base::Deadline deadline) const;
  // For a message that could not be released: the code may be used again.
  base::Result<void> GiveBack(const Match& match, base::Deadline deadline) const;

 private:
  bool IsOpen(const HeldMessage& message, base::WallTime now) const;

  store::Store& store_;
  const Options options_;
};

}  // namespace gatepost::quarantine
