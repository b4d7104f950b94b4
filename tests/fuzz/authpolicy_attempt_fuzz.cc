// A login attempt that parses is within its bounds, and a reply to it can always be written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tools/authpolicy/login_attempt.h"

namespace {

using namespace gatepost;

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto attempt = authpolicy::ParseAttempt(text);
  if (attempt) {
    Check(!attempt->login.empty() && attempt->login.size() <= 512);
    Check(attempt->pwhash.size() <= 256 && attempt->session_id.size() <= 256);
  }
  const auto reply = authpolicy::FormatReply(-1, text);
  Check(reply.starts_with("{\"msg\":\"") && reply.ends_with("\",\"status\":-1}"));
  return 0;
}
