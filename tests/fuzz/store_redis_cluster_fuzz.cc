// Whatever a node of a cluster says about itself and others: taken whole and sound, or not at all.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/store/redis_slots.h"

namespace {

using namespace gatepost::store;

const RedisAddress kAsked{"", "192.0.2.9", "7000", 0};

bool IsSound(const RedisAddress& address) {
  return !address.host.empty() && address.host.find_first_of(" \r\n") == std::string::npos &&
         !address.port.empty() && address.port.size() <= 5;
}

void CheckMap(const SlotMap& map) {
  if (map.nodes.empty() || map.nodes.size() > SlotMap::kMaxNodes) std::abort();
  for (const RedisAddress& node : map.nodes) {
    if (!IsSound(node)) std::abort();
  }
  for (const std::uint8_t owner : map.owners) {
    if (owner != SlotMap::kNobody && owner >= map.nodes.size()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReplyReader reader;
  if (!reader.Feed(bytes)) return 0;
  const auto reply = reader.Next();
  if (!reply || !*reply) return 0;
  if (const auto map = SlotMap::Parse(**reply, kAsked)) CheckMap(*map);
  const auto address = ParseRedirection((*reply)->text, kAsked);
  if (address && !IsSound(*address)) std::abort();
  return KeySlot(bytes) < kClusterSlots ? 0 : 1;
}
