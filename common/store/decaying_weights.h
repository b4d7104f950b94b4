// What is remembered of a sender: good and bad weight, halved every half-life. The arithmetic is
// that of reputation_add.lua to the digit, in integers that Lua's doubles hold exactly: weights in
// thousandths, time in steps of a 256th of the half-life. Used by the script's C++ form and by
// common/reputation. Pure values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatepost::store {

struct DecayingWeights {
  static constexpr std::int64_t kOne = 1'000;           // one event of weight 1
  static constexpr std::int64_t kMost = 1'000'000'000;  // more of either: both are halved

  std::int64_t good = 0;  // thousandths
  std::int64_t bad = 0;
  std::int64_t at = 0;  // Unix time for which they hold

  // "good bad at" in decimal; nothing for what Format did not write.
  static std::optional<DecayingWeights> Parse(std::string_view text);
  std::string Format() const;

  // Moves on towards `now` by whole steps; a clock that went back changes nothing. Below an hour
  // or so a half-life is longer than it says, as steps end at whole seconds.
  void Decay(std::int64_t now, std::chrono::seconds half_life);
  // Adds up to kMost each. The ratio stays where a side would grow beyond its bound.
  void Add(std::int64_t more_good, std::int64_t more_bad);
  // How long it is worth keeping: until less than a tenth of an event is left, ten half-lives at
  // most.
  std::chrono::seconds TimeToLive(std::chrono::seconds half_life) const;

  friend bool operator==(const DecayingWeights&, const DecayingWeights&) = default;
};

}  // namespace gatepost::store
