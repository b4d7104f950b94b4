// Whatever Redis sends, in whatever pieces: the reader ends within its bounds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/store/redis_reply.h"

namespace {

using gatepost::store::Reply;

std::size_t Elements(const Reply& reply) {
  std::size_t count = 1;
  for (const Reply& element : reply.elements) count += Elements(element);
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  gatepost::store::ReplyReader reader({1'000, 2'000, 50});
  const std::size_t piece = 1U + data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (!reader.Feed(bytes.substr(at, piece))) return 0;
    for (;;) {
      const auto reply = reader.Next();
      if (!reply) return 0;
      if (!*reply) break;
      if (Elements(**reply) > 50) std::abort();
    }
  }
  return 0;
}
