// What a subject used of its limits, damaged or not: it parses to what writes the same meaning
// again, at any time, or not at all. The same bytes as the charges of a script.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/store/limit_charges.h"
#include "common/store/limit_state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::store;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto charges = ParseToReserve(text)) {
    if (!ParseToReserve(FormatToReserve(*charges))) std::abort();
  }
  auto state = LimitState::Parse(text);
  if (!state) return 0;
  constexpr std::int64_t kNow = 1'795'330'448'000;
  state->Advance(kNow);
  const auto again = LimitState::Parse(state->Format());
  if (!again || *again != *state) std::abort();
  for (const auto& [name, slot] : state->slots) {
    if (state->Used(name, kNow) < 0) std::abort();
  }
  return 0;
}
