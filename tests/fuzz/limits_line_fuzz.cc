// A line of a limit: what is read is written and read again as it was, within its bounds. A line is
// a value of an override, and the cap on the recipients of a message, as well.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/limits/limit.h"
#include "common/limits/overrides.h"
#include "common/limits/recipient_cap.h"

namespace {

using namespace gatepost::limits;

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckLimit(std::string_view text) {
  const auto limit = Limit::Parse(text);
  if (!limit) return Check(!limit.error().message.empty());
  Check(limit->amount >= 0 && limit->amount <= kUnlimited);
  Check(limit->window >= std::chrono::minutes(1) && limit->window <= std::chrono::hours(24 * 366));
  Check(limit->by.size() == 1 || limit->by.size() == 2);
  Check(IsLimitName(limit->name) && limit->slot().size() <= 64);
  Check(Limit::Parse(limit->Format()) == *limit);
}

void CheckCap(std::string_view text) {
  const auto cap = RecipientCap::Parse(text);
  if (cap) Check(RecipientCap::Parse(cap->Format()) == *cap);
}

void CheckOverride(std::string_view text) {
  const auto value = Override::Parse(text);
  if (!value) return;
  const auto again = Override::Parse(value->Format());
  Check(again && again->amount == value->amount && again->until == value->until &&
        again->since == value->since);
  Check(Override::Parse(again->Format()) == *again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckLimit(text);
  CheckCap(text);
  CheckOverride(text);
  return 0;
}
