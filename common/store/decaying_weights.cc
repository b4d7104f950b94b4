#include "common/store/decaying_weights.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"
#include "common/store/script_integer.h"

namespace gatepost::store {
namespace {

constexpr std::int64_t kSteps = 256;      // of one half-life
constexpr std::int64_t kFactorBits = 22;  // with weights below 2^30, products stay below 2^53
constexpr std::int64_t kFactorOne = 1 << kFactorBits;
constexpr std::int64_t kWorthKeeping = DecayingWeights::kOne / 10;
constexpr int kMostHalfLives = 10;
constexpr std::size_t kMostDigits = 11;

// 2 to the power of -1/256, -2/256, -4/256 ... -128/256, in parts of kFactorOne.
constexpr std::array<std::int64_t, 8> kRoots{4182963, 4171652, 4149123, 4104429,
                                             4016479, 3846194, 3526975, 2965821};

std::int64_t Decayed(std::int64_t weight, std::int64_t steps) {
  std::int64_t factor = kFactorOne;
  for (std::size_t bit = 0; bit < kRoots.size(); ++bit) {
    if (((steps >> bit) & 1) != 0) factor = (factor * kRoots[bit]) >> kFactorBits;
  }
  weight = (weight * factor + kFactorOne / 2) >> kFactorBits;
  return weight >> std::min<std::int64_t>(steps / kSteps, 31);
}

std::optional<std::int64_t> Number(std::string_view digits) {
  if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
  if (!std::ranges::all_of(digits, base::IsAsciiDigit)) return std::nullopt;
  return ToInteger(digits);
}

}  // namespace

std::optional<DecayingWeights> DecayingWeights::Parse(std::string_view text) {
  const auto words = base::Split(text.substr(0, 64), ' ');
  if (words.size() != 3 || text.size() > 64) return std::nullopt;
  const auto good = Number(words[0]);
  const auto bad = Number(words[1]);
  const auto at = Number(words[2]);
  if (!good || !bad || !at || *good > kMost || *bad > kMost) return std::nullopt;
  return DecayingWeights{*good, *bad, *at};
}

std::string DecayingWeights::Format() const {
  return std::to_string(good) + " " + std::to_string(bad) + " " + std::to_string(at);
}

void DecayingWeights::Decay(std::int64_t now, std::chrono::seconds half_life) {
  const std::int64_t seconds = std::max<std::int64_t>(1, half_life.count());
  const std::int64_t steps = std::max<std::int64_t>(0, now - at) * kSteps / seconds;
  good = Decayed(good, steps);
  bad = Decayed(bad, steps);
  at += (steps * seconds + kSteps - 1) / kSteps;  // up, so that no time counts twice
}

void DecayingWeights::Add(std::int64_t more_good, std::int64_t more_bad) {
  good += std::clamp<std::int64_t>(more_good, 0, kMost);
  bad += std::clamp<std::int64_t>(more_bad, 0, kMost);
  if (good <= kMost && bad <= kMost) return;
  good >>= 1;
  bad >>= 1;
}

std::chrono::seconds DecayingWeights::TimeToLive(std::chrono::seconds half_life) const {
  int half_lives = 1;
  for (std::int64_t left = good + bad; left >= kWorthKeeping && half_lives < kMostHalfLives;
       left >>= 1) {
    ++half_lives;
  }
  return half_life * half_lives;
}

}  // namespace gatepost::store
