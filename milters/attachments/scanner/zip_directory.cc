#include "milters/attachments/scanner/zip_directory.h"

#include <string.h>

#include <algorithm>

#include "milters/attachments/scanner/byte_order.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::string_view kEnd64Signature{"PK\x06\x06", 4};
constexpr std::string_view kLocatorSignature{"PK\x06\x07", 4};
constexpr std::uint64_t kUsualTail = 1'024;
// A comment of the longest, and as much of what does not belong to the zip.
constexpr std::uint64_t kTail = kEndBytes + 2 * 65'536;
constexpr std::size_t kMostCandidates = 1'000;

struct EndRecord {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// Its own place or none: what a directory of `size` bytes leads to.
bool IsDirectory(ContentCursor& cursor, std::uint64_t offset, std::uint64_t end) {
  return offset < end && cursor.At(offset, 4) == kZipCentralSignature;
}

void Read64(ContentCursor& cursor, std::uint64_t end_offset, ZipDirectory& directory,
            EndRecord& told) {
  if (end_offset < kLocatorBytes) return;
  const std::uint64_t locator = end_offset - kLocatorBytes;
  const auto bytes = cursor.At(locator, kLocatorBytes);
  if (!bytes.starts_with(kLocatorSignature)) return;
  // Where something stands before the zip, the locator is wrong and the usual place right.
  for (const std::uint64_t place : {Little64(bytes, 8), locator - kEnd64Bytes}) {
    if (place >= locator) continue;
    const auto record = cursor.At(place, kEnd64Bytes);
    if (record.size() < kEnd64Bytes || !record.starts_with(kEnd64Signature)) continue;
    directory.tail = place;
    directory.members = Little64(record, 32);
    told = {Little64(record, 48), Little64(record, 40)};
    return;
  }
}

// The directory that ends where the end records begin, or the one that they point to.
bool Locate(ContentCursor& cursor, const EndRecord& told, ZipDirectory& directory) {
  const bool fits = told.size <= directory.tail;
  const std::uint64_t by_size = fits ? directory.tail - told.size : 0;
  const bool at_size = fits && IsDirectory(cursor, by_size, directory.tail);
  const bool at_offset = IsDirectory(cursor, told.offset, directory.tail);
  if (directory.members == 0 && told.size == 0) {
    directory.begin = directory.end = directory.tail;
    return true;
  }
  if (!at_size && !at_offset) return false;
  directory.begin = at_size ? by_size : told.offset;
  directory.end = at_size ? directory.tail : std::min(directory.tail, told.offset + told.size);
  directory.base = at_size ? static_cast<std::int64_t>(by_size - told.offset) : 0;
  directory.ambiguous = at_size && at_offset && by_size != told.offset;
  return true;
}

std::optional<ZipDirectory> ReadEnd(ContentCursor& cursor, std::uint64_t offset) {
  const auto record = cursor.At(offset, kEndBytes);
  if (record.size() < kEndBytes) return std::nullopt;
  ZipDirectory directory;
  directory.tail = offset;
  directory.comment = Little16(record, 20);
  directory.file_end = offset + kEndBytes + directory.comment;
  directory.members = Little16(record, 10);
  const unsigned disk = Little16(record, 4);
  const unsigned first_disk = Little16(record, 6);
  directory.many_volumes = (disk != 0 && disk != 0xFFFF) || (first_disk != 0 && disk != first_disk);
  EndRecord told{Little32(record, 16), Little32(record, 12)};
  Read64(cursor, offset, directory, told);
  if (directory.file_end > cursor.content().size()) return std::nullopt;
  if (!Locate(cursor, told, directory) && !directory.many_volumes) return std::nullopt;
  return directory;
}

// The last that begins before `end`; one letter is found much faster than four.
std::size_t LastSignature(std::string_view bytes, std::size_t end) {
  while (end > 0) {
    const void* const found = ::memrchr(bytes.data(), kZipEndSignature.front(), end);
    if (found == nullptr) break;
    end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (bytes.substr(end).starts_with(kZipEndSignature)) return end;
  }
  return bytes.npos;
}

std::optional<ZipDirectory> FindInTail(const Content& content, std::uint64_t size) {
  ContentCursor tail(content, size);
  const std::uint64_t begin = content.size() - std::min(content.size(), size);
  const std::string_view bytes = tail.At(begin, size);
  ContentCursor cursor(content, 128);
  std::size_t candidates = kMostCandidates;
  for (std::size_t at = LastSignature(bytes, bytes.size()); at != bytes.npos && candidates > 0;
       at = LastSignature(bytes, at)) {
    if (auto directory = ReadEnd(cursor, begin + at)) return directory;
    --candidates;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ZipDirectory> FindZipDirectory(const Content& content) {
  if (auto directory = FindInTail(content, kUsualTail)) return directory;
  return FindInTail(content, kTail);
}

std::optional<ZipDirectory> FindEarlyZipDirectory(const Content& content, FormatBudget& budget) {
  if (content.size() <= kTail || !budget.Spend(content.size())) return std::nullopt;
  ContentCursor search(content);
  ContentCursor cursor(content, 128);
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < kMostCandidates && budget.Spend(0); ++i) {
    const auto at = FindText(search, kZipEndSignature, begin, content.size() - kTail);
    if (!at) break;
    const auto directory = ReadEnd(cursor, *at);
    if (directory && directory->members > 0 && directory->base == 0) return directory;
    begin = *at + kZipEndSignature.size();
  }
  return std::nullopt;
}

bool ReadZipDirectory(ContentCursor& cursor, const ZipDirectory& directory,
                      const std::function<bool(const ZipMember&)>& on_member) {
  std::uint64_t members = 0;
  std::uint64_t offset = directory.begin;
  while (offset < directory.end) {
    const auto member = ReadCentralRecord(cursor, offset, directory.base, &offset);
    if (!member) break;
    ++members;
    if (!on_member(*member)) return false;
  }
  constexpr std::uint64_t kCounted = 0xFFFF;  // the old record counts no further
  return offset == directory.end && (members & kCounted) == (directory.members & kCounted);
}

}  // namespace gatepost::attachments
