// What postcat and postqueue print of strangers' mail: a copy goes to nobody who is not a recipient
// of the held message, and no address reads as an option of sendmail(1).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "tools/privileged/copy_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto recipients = privileged::ParseRecipients(text);
  if (!recipients) {
    if (privileged::ParseEnvelope(text, "bob@example.org")) std::abort();
    static_cast<void>(privileged::WaitsForOne(text, {"bob@example.org", "o brien@example.org"}));
    return 0;
  }
  const auto listed = std::ranges::any_of(*recipients, [](const std::string& one) {
    return base::EqualsIgnoreCase(one, "bob@example.org");
  });
  const auto envelope = privileged::ParseEnvelope(text, "bob@example.org");
  if (envelope && !listed) std::abort();
  if (envelope && !base::EqualsIgnoreCase(envelope->recipient, "bob@example.org")) std::abort();
  if (envelope && envelope->sender.empty()) std::abort();
  static_cast<void>(privileged::WaitsForOne(text, *recipients));
  return 0;
}
