#include "common/store/redis_slots.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "common/base/strings.h"
#include "common/store/keys.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::size_t kLongestHost = 253;

constexpr std::array<std::uint16_t, 256> MakeCrcTable() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc & 0x8000) != 0 ? 0x1021U : 0U);
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

constexpr auto kCrcTable = MakeCrcTable();

tl::unexpected<base::Error> NoMap(std::string_view why) {
  return Fail(ErrorKind::kInvalid, "Redis sent no map of its slots: " + std::string(why));
}

bool IsHost(std::string_view host) {
  return !host.empty() && host.size() <= kLongestHost && host != "?" &&
         std::ranges::all_of(host, [](char c) { return c > ' ' && c < 0x7f; });
}

// `asked` with another host and port; no host stands for that of `asked`.
std::optional<RedisAddress> Neighbour(const RedisAddress& asked, std::string_view host,
                                      std::int64_t port) {
  if (host.empty()) host = asked.host;
  if (!IsHost(host) || port < 1 || port > 65'535) return std::nullopt;
  RedisAddress address = asked;
  address.host = host;
  address.port = std::to_string(port);
  return address;
}

// A node as CLUSTER SLOTS has it: host, port, and what does not matter here.
std::optional<RedisAddress> ReadNode(const Reply& reply, const RedisAddress& asked) {
  if (reply.elements.size() < 2 || reply.elements[1].type != Reply::Type::kInteger) {
    return std::nullopt;
  }
  return Neighbour(asked, reply.elements[0].text, reply.elements[1].integer);
}

bool IsSlot(const Reply& reply) {
  return reply.type == Reply::Type::kInteger && reply.integer >= 0 &&
         reply.integer < static_cast<std::int64_t>(kClusterSlots);
}

// First slot, last slot, primary, replicas.
Result<void> AddRange(const Reply& range, const RedisAddress& asked, SlotMap& map) {
  if (range.elements.size() < 3 || !IsSlot(range.elements[0]) || !IsSlot(range.elements[1])) {
    return NoMap("a range without slots or node");
  }
  const auto node = ReadNode(range.elements[2], asked);
  if (!node) return NoMap("a node without an address");
  const std::size_t place = map.Find(*node).value_or(map.nodes.size());
  if (place == map.nodes.size()) map.nodes.push_back(*node);
  if (place >= SlotMap::kMaxNodes) return NoMap("too many nodes");
  for (auto slot = range.elements[0].integer; slot <= range.elements[1].integer; ++slot) {
    map.owners[static_cast<std::size_t>(slot)] = static_cast<std::uint8_t>(place);
  }
  return {};
}

}  // namespace

std::uint16_t KeySlot(std::string_view key) {
  unsigned crc = 0;
  for (const char c : HashTag(key)) {
    crc = (crc << 8 & 0xffff) ^ kCrcTable[(crc >> 8 ^ static_cast<unsigned char>(c)) & 0xff];
  }
  return static_cast<std::uint16_t>(crc % kClusterSlots);
}

Result<SlotMap> SlotMap::Parse(const Reply& reply, const RedisAddress& asked) {
  if (reply.type == Reply::Type::kError) return NoMap(base::Printable(reply.text));
  if (reply.type != Reply::Type::kArray) return NoMap("not a list");
  if (reply.elements.size() > kClusterSlots) return NoMap("too many ranges");
  SlotMap map;
  for (const Reply& range : reply.elements) {
    if (const auto added = AddRange(range, asked, map); !added) {
      return tl::unexpected(added.error());
    }
  }
  if (map.nodes.empty()) return NoMap("none is served");
  return map;
}

std::optional<std::size_t> SlotMap::Find(const RedisAddress& address) const {
  const auto found = std::ranges::find_if(nodes, [&](const RedisAddress& node) {
    return node.host == address.host && node.port == address.port;
  });
  if (found == nodes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - nodes.begin());
}

Result<RedisAddress> ParseRedirection(std::string_view error_reply, const RedisAddress& asked) {
  const std::string_view target = error_reply.substr(error_reply.rfind(' ') + 1);
  const std::size_t colon = target.rfind(':');  // IPv6 has no brackets here
  const std::string_view digits = target.substr(colon == target.npos ? target.size() : colon + 1);
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  auto address = whole ? Neighbour(asked, target.substr(0, colon), port) : std::nullopt;
  if (address) return std::move(*address);
  return Fail(ErrorKind::kInvalid, "Redis says: " + base::Printable(error_reply));
}

}  // namespace gatepost::store
