// What the milter and the scanner's process say to each other, in frames, bounded; each
// side takes the other's for foreign bytes. Formatting cuts what is too long, so that what it makes
// can always be parsed. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/result.h"
#include "milters/attachments/item.h"
#include "milters/attachments/scanner/scan.h"
#include "milters/attachments/scanner/scan_file.h"

namespace gatepost::attachments {

// Programs of different releases do not talk to each other.
inline constexpr std::uint8_t kScanProtocolVersion = 2;
inline constexpr std::size_t kMostFrameBytes = 64 * 1024;
inline constexpr std::size_t kMostWireNames = 16;
inline constexpr std::size_t kMostWireNameBytes = 2'048;
inline constexpr std::size_t kMostWireTypes = 8;
inline constexpr std::size_t kMostWireTypeBytes = 256;

using Frame = std::vector<std::byte>;

// What one order may be answered with, all frames together. A scanner that was not broken into
// stops there and tells kTooManyMembers; some members are told twice, by both names that they have.
constexpr std::size_t MostAnswers(const ScanBudget& budget) { return budget.members + 16; }
constexpr std::uint64_t MostAnswerBytes(const ScanBudget& budget) {
  constexpr std::uint64_t kOfMember = 1'024;  // a usual one has 200
  return kOfMember * (1'024 + std::uint64_t{budget.members});
}

// To the scanner.
struct ScanOrder {
  std::uint32_t number = 0;  // comes back with each answer, so that no answer is another one's
  ScanRequest request;
  std::uint64_t size = 0;  // of the file
  // All of it where that is little, a view of the frame; else its descriptor comes in the packet.
  std::span<const std::byte> bytes;
};
struct PingOrder {};
using Order = std::variant<ScanOrder, PingOrder>;

// From the scanner: once it is confined, and as the answer to a ping.
struct ScannerReady {
  bool seccomp = false;
  std::uint8_t landlock = 0;  // the kernel's version of it, 0 for none
  bool memory_limit = false;
  friend bool operator==(const ScannerReady&, const ScannerReady&) = default;
};
// It does not serve, and says why.
struct ScannerRefusal {
  std::string reason;  // printable
};
struct ScanMember {
  std::uint32_t number = 0;
  Item item;
};
struct ScanEnd {
  std::uint32_t number = 0;
  ScanResult result;
  std::uint32_t peak_kilobytes = 0;  // of the process, so far
};
using Answer = std::variant<ScannerReady, ScannerRefusal, ScanMember, ScanEnd>;

Frame Format(const Order& order);
Frame Format(const Answer& answer);

// kInvalid for anything that Format does not make. Names are UTF-8 and paths as ShownName makes
// them, types are those of content_names.h, and properties what a scanner may find, whatever the
// sender is. Format makes an unknown type "unknown" and leaves out other properties.
base::Result<Order> ParseOrder(std::span<const std::byte> frame);
base::Result<Answer> ParseAnswer(std::span<const std::byte> frame);

}  // namespace gatepost::attachments
