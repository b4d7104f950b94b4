// Which node of a Redis Cluster serves which key, as the nodes themselves tell it. Pure functions
// and a value, any thread. What nodes say is foreign: bounded, and taken whole or not at all.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/store/redis_address.h"
#include "common/store/redis_reply.h"

namespace gatepost::store {

// Each key lives in one of these slots, each slot on one primary.
inline constexpr std::size_t kClusterSlots = 16'384;

// The slot of a key: CRC-16 (XMODEM) of its hash tag.
std::uint16_t KeySlot(std::string_view key);

struct SlotMap {
  static constexpr std::size_t kMaxNodes = 64;  // each costs a thread and a connection
  static constexpr std::uint8_t kNobody = 0xff;

  std::vector<RedisAddress> nodes;
  std::array<std::uint8_t, kClusterSlots> owners;  // which of `nodes`, or kNobody

  SlotMap() { owners.fill(kNobody); }
  // Reads the reply to CLUSTER SLOTS. `asked` is the node that gave it, which may leave out its own
  // host; what else reaches a node (all but host and port) is taken from there, too.
  static base::Result<SlotMap> Parse(const Reply& reply, const RedisAddress& asked);

  // The place of the node at this host and port.
  std::optional<std::size_t> Find(const RedisAddress& address) const;
};

// Where "MOVED 3999 192.0.2.1:6379" and "ASK ..." of the node `asked` point to.
base::Result<RedisAddress> ParseRedirection(std::string_view error_reply,
                                            const RedisAddress& asked);

}  // namespace gatepost::store
