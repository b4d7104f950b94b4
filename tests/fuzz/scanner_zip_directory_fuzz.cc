// Any file's end as that of a zip: what is found lies within the file, and reading it ends.
#include <cstdint>
#include <cstdlib>

#include "milters/attachments/scanner/zip_directory.h"
#include "milters/attachments/scanner/zip_gaps.h"

namespace {

using namespace gatepost::attachments;

void CheckDirectory(const ZipDirectory& directory, std::uint64_t size) {
  if (directory.begin > directory.tail || directory.end > directory.tail) {
    if (!directory.many_volumes) std::abort();
  }
  if (directory.tail >= directory.file_end || directory.file_end > size) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryContent content(std::as_bytes(std::span(data, size)));
  const auto directory = FindZipDirectory(content);
  if (!directory) return 0;
  CheckDirectory(*directory, size);
  ContentCursor cursor(content);
  ContentCursor records(content, 64);
  std::vector<ZipExtent> extents;
  ReadZipDirectory(cursor, *directory, [&](const ZipMember& member) {
    const auto local = ReadLocalRecord(records, member.header_offset);
    if (local) extents.push_back({local->header_offset, local->content_offset});
    return true;
  });
  std::uint64_t at = 0;
  for (const ZipExtent& gap : FindZipGaps(extents, size).gaps) {
    if (gap.begin < at || gap.end < gap.begin || gap.end > size) std::abort();
    at = gap.end;
  }
  return 0;
}
