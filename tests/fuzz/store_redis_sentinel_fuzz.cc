// Whatever a sentinel answers: it names a node that can be connected to, or it is refused.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/store/redis_address.h"
#include "common/store/redis_reply.h"
#include "common/store/redis_sentinels.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace store = gatepost::store;
  store::ReplyReader reader({64'000, 4'000, 16});
  if (!reader.Feed({reinterpret_cast<const char*>(data), size})) return 0;
  for (auto reply = reader.Next(); reply && *reply; reply = reader.Next()) {
    const auto primary = store::ParsePrimary(**reply);
    if (!primary) {
      if (primary.error().message.empty()) std::abort();
      continue;
    }
    if (primary->host.empty() || primary->host.size() > 255) std::abort();
    store::RedisAddress node;
    node.host = primary->host;
    node.port = primary->port;
    const auto again = store::RedisAddress::Parse(node.Format());
    // What the log names is what is connected to.
    if (again && again->host != primary->host) std::abort();
  }
  return 0;
}
