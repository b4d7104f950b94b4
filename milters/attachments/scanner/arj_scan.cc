#include "milters/attachments/scanner/arj_scan.h"

#include <optional>
#include <utility>

#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/container.h"
#include "milters/attachments/scanner/content_cursor.h"

namespace gatepost::attachments {
namespace {

constexpr std::string_view kMark{"\x60\xEA", 2};
constexpr std::size_t kMostHeader = 2'600;
constexpr unsigned kGarbled = 0x01;
constexpr unsigned kVolume = 0x04;

struct ArjHeader {
  std::string name;
  unsigned flags = 0;
  unsigned method = 0;
  unsigned type = 0;
  std::uint64_t compressed = 0;
  std::uint64_t size = 0;
  std::uint64_t content_offset = 0;
};

enum class Found { kHeader, kEnd, kDamage };

unsigned At(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

// Behind the header and its checksum may stand further ones; 0 where they are cut off.
std::uint64_t BehindExtended(ContentCursor& cursor, std::uint64_t at) {
  constexpr std::size_t kMostExtended = 10;
  constexpr std::size_t kChecksum = 4;
  for (std::size_t i = 0; i < kMostExtended; ++i) {
    const auto size = cursor.At(at, 2);
    if (size.size() < 2) return 0;
    if (Little16(size, 0) == 0) return at + 2;
    at += 2u + Little16(size, 0) + kChecksum;
  }
  return 0;
}

Found ReadHeader(ContentCursor& cursor, std::uint64_t at, ArjHeader& header) {
  constexpr std::size_t kLeast = 30;
  const auto start = cursor.At(at, 4);
  if (start.size() < 4 || !start.starts_with(kMark)) return Found::kDamage;
  const std::size_t size = Little16(start, 2);
  if (size == 0) return Found::kEnd;
  const auto bytes = cursor.At(at + 4, size);
  if (size < kLeast || size > kMostHeader || bytes.size() < size) return Found::kDamage;
  header.flags = At(bytes, 4);
  header.method = At(bytes, 5);
  header.type = At(bytes, 6);
  header.compressed = Little32(bytes, 12);
  header.size = Little32(bytes, 16);
  const auto text = bytes.substr(std::min<std::size_t>(At(bytes, 0), size));
  header.name = text.substr(0, text.find('\0'));
  header.content_offset = BehindExtended(cursor, at + 4 + size + 4);
  return header.content_offset > 0 ? Found::kHeader : Found::kDamage;
}

void TellMember(Container& container, const Content& content, const ArjHeader& header) {
  Item item = container.NewItem(header.name);
  item.bytes = header.size;
  if ((header.flags & kGarbled) != 0) {
    item.properties.Add(Property::kEncryptedMember);
    container.Add(Property::kEncryptedMember);
  } else if (header.method == 0) {
    const ContentWindow window(content, header.content_offset, header.compressed);
    return container.TellContent(std::move(item), window);
  } else {
    item.properties.Add(Property::kUnreadable);
    container.Add(Property::kUnreadable);
  }
  container.Tell(item);
}

}  // namespace

Properties ScanArj(ScanRun& run, const Content& content, const Subject& subject) {
  constexpr unsigned kFolder = 3;
  Container container(run, subject, content.size());
  ContentCursor cursor(content, kMostHeader);
  ArjHeader header;
  Found found = ReadHeader(cursor, 0, header);
  std::uint64_t at = header.content_offset;  // the first one is of the archive
  if ((header.flags & kVolume) != 0) container.Add(Property::kMultiVolume);
  while (found == Found::kHeader) {
    found = ReadHeader(cursor, at, header);
    if (found != Found::kHeader || !container.Take()) break;
    if ((header.flags & kVolume) != 0) container.Add(Property::kMultiVolume);
    if (header.type != kFolder) TellMember(container, content, header);
    at = header.content_offset + header.compressed;
  }
  if (found == Found::kDamage) {
    container.Add(at >= content.size() ? Property::kTruncated : Property::kDamaged);
  }
  return container.properties();
}

}  // namespace gatepost::attachments
