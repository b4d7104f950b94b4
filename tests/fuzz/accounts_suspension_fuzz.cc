// An entry of the store: it parses to what is written as a line that parses to the same, or not.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/accounts/suspensions.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gatepost::accounts::Suspension;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto read = Suspension::Parse(text)) {
    if (Suspension::Parse(read->Format()).value() != *read) std::abort();
  }
  Suspension made;
  made.by = text.substr(0, size / 3);
  made.reference = text.substr(size / 3, size / 3);
  made.reason = text;
  made.signals = text;
  const auto again = Suspension::Parse(made.Format());
  if (!again || again->Format() != made.Format()) std::abort();
  return 0;
}
