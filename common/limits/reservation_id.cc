#include "common/limits/reservation_id.h"

#include <random>
#include <string_view>

namespace gatepost::limits {
namespace {

constexpr std::string_view kLetters = "0123456789abcdefghjkmnpqrstvwxyz";  // no i, l, o, u
static_assert(kLetters.size() == 32);

// A mapping one to one that spreads neighbours (the finalizer of SplitMix64).
std::uint64_t Spread(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

ReservationIds::ReservationIds() {
  std::random_device random;
  next_ = static_cast<std::uint64_t>(random()) << 32 | random();
}

std::string ReservationIds::Next() {
  std::uint64_t bits = Spread(next_.fetch_add(1, std::memory_order_relaxed));
  std::string id;
  for (std::size_t i = 0; i < kLength; ++i, bits >>= 5) id.push_back(kLetters[bits & 31]);
  return id;
}

}  // namespace gatepost::limits
