// Whatever an SMTP server says, in whatever pieces: replies within the bounds, or an error.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/submit/smtp_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gatepost::submit::SmtpReplyReader;
  if (size == 0) return 0;
  SmtpReplyReader reader;
  const std::size_t piece = 1U + data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.Feed(bytes.substr(at, piece));
    for (;;) {
      const auto reply = reader.Next();
      if (!reply) return 0;
      if (!*reply) break;
      const bool sound = (*reply)->code >= 200 && (*reply)->code <= 599 &&
                         !(*reply)->lines.empty() &&
                         (*reply)->lines.size() <= SmtpReplyReader::kMaxLines;
      if (!sound) std::abort();
      static_cast<void>((*reply)->Offers("SMTPUTF8"));
    }
  }
  return 0;
}
