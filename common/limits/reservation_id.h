// Names for reservations, unique among hosts and restarts: they are shown to users as a reference.
// Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace gatepost::limits {

class ReservationIds {
 public:
  static constexpr std::size_t kLength = 12;  // 60 bits

  ReservationIds();
  // Letters and digits that people do not mix up, such as "4f9k2m1x7qhd".
  std::string Next();

 private:
  std::atomic<std::uint64_t> next_;  // begins anywhere
};

}  // namespace gatepost::limits
