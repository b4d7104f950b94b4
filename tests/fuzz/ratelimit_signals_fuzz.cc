// What a store answers about an account: any integers are signals within bounds or an error, and
// are judged without surprise.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "milters/ratelimit/detector_policy.h"
#include "milters/ratelimit/watch.h"

namespace ratelimit = gatepost::ratelimit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Each integer: a byte for its length, up to 8 bytes of it.
  std::vector<std::int64_t> integers;
  for (std::size_t at = 0; at < size;) {
    const std::size_t wanted = data[at++] % 9;
    const std::size_t length = std::min(wanted, size - at);
    std::int64_t integer = 0;
    std::memcpy(&integer, data + at, length);
    at += length;
    integers.push_back(integer);
  }
  const auto signals = ratelimit::ReadSignals(integers);
  if (!signals) return 0;
  const auto assessment = Assess(ratelimit::DetectorRules(), *signals, {false, 1'000});
  std::int64_t sum = 0;
  for (const auto& part : assessment.parts) sum += part.points;
  if (sum != assessment.score || sum < 0 || sum > 304 || assessment.Evidence().size() > 2'000) {
    std::abort();
  }
  return 0;
}
