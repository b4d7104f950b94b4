// A recipient's line, then the pass that a message shows: none passes but what we made for this
// recipient, and no other message passes after it.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/strings.h"
#include "common/quarantine/release_pass.h"
#include "common/store/memory_store.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  constexpr std::string_view kSecret = "a secret of the tests";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = base::SplitOnce(text, '\n');
  if (!lines) return 0;
  store::MemoryStore store(base::SystemClock::Instance());
  const base::WallTime now(std::chrono::seconds(1'763'793'600));
  const auto soon = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const auto pass =
      quarantine::UsePass(kSecret, {lines->second, lines->first, "one"}, now, store, soon);
  if (!pass) return 0;
  if (pass->recipient != lines->first || pass->expires <= now) std::abort();
  if (quarantine::MakePass(kSecret, *pass) != base::Trim(lines->second)) std::abort();
  if (quarantine::UsePass(kSecret, {lines->second, lines->first, "two"}, now, store, soon)) {
    std::abort();
  }
  return 0;
}
