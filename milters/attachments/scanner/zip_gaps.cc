#include "milters/attachments/scanner/zip_gaps.h"

#include <algorithm>

namespace gatepost::attachments {

ZipGaps FindZipGaps(std::vector<ZipExtent> extents, std::uint64_t end) {
  ZipGaps found;
  std::ranges::sort(extents, {}, &ZipExtent::begin);
  std::uint64_t at = 0;
  for (const ZipExtent& extent : extents) {
    if (extent.begin > at && at < end) found.gaps.push_back({at, std::min(extent.begin, end)});
    found.overlap |= extent.begin < at;
    at = std::max(at, extent.end);
  }
  if (at < end) found.gaps.push_back({at, end});
  return found;
}

}  // namespace gatepost::attachments
