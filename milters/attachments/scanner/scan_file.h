// A file on its way to the scanner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gatepost::attachments {

// A file of at most so much goes with the order, beside the longest names that one may have: a
// descriptor costs twice as much.
inline constexpr std::size_t kMostScanBytesInside = 24 * 1024;

// All of it, or a descriptor that holds `size` bytes; both stay their owner's.
struct ScanFile {
  std::uint64_t size = 0;
  std::span<const std::byte> bytes;
  int fd = -1;
};

}  // namespace gatepost::attachments
