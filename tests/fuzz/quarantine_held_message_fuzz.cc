// Bytes from the store, damaged or not: a held message is read only where it can be written and
// read again, and is never longer than the store takes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/quarantine/held_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gatepost::quarantine::HeldMessage;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(HeldMessage::ParseAge(text));
  const auto message = HeldMessage::Parse("mail.example.org", "4XyZ01", text);
  if (!message) return 0;
  const std::string written = message->Format();
  if (written.size() > HeldMessage::kMostBytes) std::abort();
  const auto again = HeldMessage::Parse("mail.example.org", "4XyZ01", written);
  if (!again || again->Format() != written) std::abort();
  if (again->since != message->since || again->state != message->state) std::abort();
  return 0;
}
