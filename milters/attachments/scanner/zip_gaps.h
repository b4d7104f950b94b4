// What of a zip belongs to no member that its directory names: there other readers find others.
// Values; any thread.
#pragma once

#include <cstdint>
#include <vector>

namespace gatepost::attachments {

struct ZipExtent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  friend bool operator==(const ZipExtent&, const ZipExtent&) = default;
};

struct ZipGaps {
  std::vector<ZipExtent> gaps;
  bool overlap = false;  // two members share bytes
};

// What lies between `extents` (in any order) from the file's beginning to `end`.
ZipGaps FindZipGaps(std::vector<ZipExtent> extents, std::uint64_t end);

}  // namespace gatepost::attachments
