// Bytes from the store, damaged or not: what another host told of its warm-up is dropped whole, or
// is what that host would write.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/warmup/schedule.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gatepost::warmup::Schedule;
  const auto schedule = Schedule::Parse({reinterpret_cast<const char*>(data), size});
  if (!schedule) return 0;
  const std::string written = schedule->Format();
  if (Schedule::Parse(written) != schedule) std::abort();
  for (const std::string_view line : gatepost::base::Split(written, '\n')) {
    if (gatepost::base::Printable(line) != line) std::abort();
  }
  return 0;
}
