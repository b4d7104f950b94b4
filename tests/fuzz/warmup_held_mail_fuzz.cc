// Bytes from the store, damaged or not: a held message is read only where it can be written and
// read again, and holds nothing that a terminal would obey.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/warmup/held_mail.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gatepost::warmup::HeldMail;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto mail = HeldMail::Parse("4Xyz", text);
  if (!mail) return 0;
  const std::string written = mail->Format();
  if (gatepost::base::Printable(written, written.size()) != written) std::abort();
  const auto again = HeldMail::Parse("4Xyz", written);
  if (!again || again->since != mail->since || again->source != mail->source ||
      again->providers != mail->providers) {
    std::abort();
  }
  return 0;
}
