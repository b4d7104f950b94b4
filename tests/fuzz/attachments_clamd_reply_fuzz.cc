// Whatever clamd says: a verdict with a short, printable text, and never clean but for one answer.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "milters/attachments/clamd_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::attachments;
  const std::string_view reply(reinterpret_cast<const char*>(data), size);
  const ClamdVerdict verdict = ParseClamdReply(reply);
  const bool printable =
      std::ranges::all_of(verdict.text, [](char c) { return c >= 32 && c < 127; });
  if (!printable || verdict.text.size() > 256) std::abort();
  if (verdict.outcome == ClamdVerdict::Outcome::kClean && reply != "stream: OK") std::abort();
  if (verdict.outcome == ClamdVerdict::Outcome::kFound && verdict.text.empty()) std::abort();
  return 0;
}
