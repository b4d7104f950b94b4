// What the journal lists of an account's messages: any fields become a short line and counts that
// do not overflow. A line of the input is a message, its words are the fields.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/strings.h"
#include "milters/ratelimit/sent_mail.h"

namespace {

using namespace gatepost;

constexpr std::array<const char*, 3> kNames{"time", "client", "recipients"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<store::Fields> messages;
  for (const std::string_view line : base::Split(text, '\n')) {
    store::Fields fields;
    for (const std::string_view word : base::Split(line, ' ')) {
      fields.emplace_back(kNames[fields.size() % kNames.size()], word);
    }
    messages.push_back(std::move(fields));
  }
  const auto sent = ratelimit::Summarize(messages, base::WallTime());
  const bool bounded = sent.networks.size() < 500 && sent.messages >= 0 &&
                       sent.recipients >= sent.messages &&
                       sent.messages <= static_cast<std::int64_t>(messages.size());
  if (!bounded || sent.networks.find_first_of("\r\n") != std::string::npos) std::abort();
  return 0;
}
