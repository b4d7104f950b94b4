// What somebody types as a code: it is taken where nothing but its hyphens, blanks, case and the
// letters for 0 and 1 differ from a code of ours, and once.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/quarantine/release_code.h"
#include "common/store/memory_store.h"

namespace {

using namespace gatepost;

quarantine::HeldMessage Held(base::WallTime since) {
  quarantine::HeldMessage message;
  message.queue_id = "4XyZ01";
  message.host = "mail.example.org";
  message.since = since;
  message.recipients = {{"alice@example.org", "", {}}, {"bob@example.org", "", {}}};
  return message;
}

// As it would be typed with care.
std::string Careful(std::string_view typed) {
  std::string code;
  for (const char c : base::ToLower(typed)) {
    if (c == '-' || base::IsMailSpace(c)) continue;
    code += c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c;
  }
  return code;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view typed(reinterpret_cast<const char*>(data), size);
  store::MemoryStore store(base::SystemClock::Instance());
  const base::WallTime now(std::chrono::seconds(1'763'793'600));
  const auto soon = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const quarantine::ReleaseCodes codes(store, {"a secret of the tests"});
  const quarantine::HeldMessage held = Held(now);
  const auto match = codes.Use(typed, "admin eva", {&held, 1}, now, soon);
  if (!match) return 0;
  if (Careful(typed) != Careful(codes.Make(held, match->recipient))) std::abort();
  if (codes.Use(typed, "admin eva", {&held, 1}, now, soon)) std::abort();
  return 0;
}
