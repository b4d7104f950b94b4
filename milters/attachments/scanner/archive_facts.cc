#include "milters/attachments/scanner/archive_facts.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/rar5_list.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kHead = 512;

unsigned At(std::string_view head, std::size_t at) {
  return at < head.size() ? static_cast<unsigned char>(head[at]) : 0;
}

// RAR 1.5 to 4: the main header stands behind the marker.
Properties FactsOfRar(std::string_view head) {
  constexpr unsigned kMainHeader = 0x73;
  constexpr unsigned kVolume = 0x0001;
  constexpr unsigned kEncryptedHeaders = 0x0080;
  Properties facts;
  if (At(head, 9) != kMainHeader) return facts;
  const unsigned flags = Little16(head, 10);
  if ((flags & kVolume) != 0) facts.Add(Property::kMultiVolume);
  if ((flags & kEncryptedHeaders) != 0) facts.Add(Property::kEncryptedNames);
  return facts;
}

// RAR 5: CRC, size, type, flags, as they need; the main header has its own flags behind.
Properties FactsOfRar5(std::string_view head) {
  constexpr std::uint64_t kMainHeader = 1;
  constexpr std::uint64_t kEncryption = 4;
  constexpr std::uint64_t kExtraArea = 1;
  constexpr std::uint64_t kVolume = 1;
  Properties facts;
  head.remove_prefix(std::min<std::size_t>(12, head.size()));
  const auto size = TakeVariable(head);
  const auto type = TakeVariable(head);
  const auto flags = TakeVariable(head);
  if (!size || !type || !flags) return facts;
  if (*type == kEncryption) facts.Add(Property::kEncryptedNames);
  if (*type != kMainHeader) return facts;
  if ((*flags & kExtraArea) != 0) TakeVariable(head);
  const auto archive_flags = TakeVariable(head);
  if (archive_flags && (*archive_flags & kVolume) != 0) facts.Add(Property::kMultiVolume);
  return facts;
}

Properties FactsOfSevenZip(std::string_view head, std::uint64_t size) {
  constexpr std::uint64_t kStartHeader = 32;
  const std::uint64_t offset = Little64(head, 12);
  const std::uint64_t length = Little64(head, 20);
  if (size < kStartHeader) return {Property::kTruncated};
  const std::uint64_t room = size - kStartHeader;
  if (offset > room || length > room - offset) return {Property::kTruncated};
  return {};
}

Properties FactsOfCab(std::string_view head) {
  constexpr unsigned kPreviousOrNext = 3;
  return (Little16(head, 30) & kPreviousOrNext) != 0 ? Properties{Property::kMultiVolume}
                                                     : Properties{};
}

// The header of the first block: sizes where flags say so, then the filters; that of LZMA2 has the
// dictionary as mantissa and exponent (xz-file-format 3.1, 5.3.1).
std::uint64_t XzDictionary(std::string_view head) {
  constexpr unsigned kLzma2 = 0x21;
  const unsigned flags = At(head, 13);
  std::string_view rest = head.substr(std::min<std::size_t>(14, head.size()));
  if ((flags & 0x40) != 0) TakeVariable(rest);
  if ((flags & 0x80) != 0) TakeVariable(rest);
  for (unsigned filters = (flags & 3) + 1; filters > 0; --filters) {
    const auto id = TakeVariable(rest);
    const auto size = TakeVariable(rest);
    if (!id || !size || *size > rest.size()) return 0;
    if (*id == kLzma2) {
      const unsigned bits = std::min(At(rest, 0) & 63, 40U);
      return bits == 40 ? 0xFFFF'FFFF
                        : static_cast<std::uint64_t>(2 | (bits & 1)) << (bits / 2 + 11);
    }
    rest.remove_prefix(static_cast<std::size_t>(*size));
  }
  return 0;
}

// RFC 8878 section 3.1.1.1: the window, or with a single segment the content.
std::uint64_t ZstdWindow(std::string_view head) {
  const unsigned descriptor = At(head, 4);
  if ((descriptor & 0x20) == 0) {
    const unsigned window = At(head, 5);
    const std::uint64_t base = 1ull << (10 + (window >> 3));
    return base + base / 8 * (window & 7);
  }
  const std::size_t id = std::array<std::size_t, 4>{0, 1, 2, 4}[descriptor & 3];
  const std::size_t size = std::size_t{1} << (descriptor >> 6);
  return Little(head, 5 + id, size);
}

std::uint64_t DictionaryOf(std::string_view format, std::string_view head) {
  constexpr std::uint64_t kLzmaSizes = 31;
  if (format == "xz") return XzDictionary(head);
  if (format == "lzma") return Little32(head, 1);
  if (format == "lzip") return 1ull << (At(head, 5) & kLzmaSizes);
  if (format == "zstd") return ZstdWindow(head);
  return 0;
}

}  // namespace

bool IsNumberedPiece(const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [](const std::string& name) {
    const std::size_t dot = name.rfind('.');
    if (dot == name.npos || dot == 0 || name.size() - dot != 4) return false;
    return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dot) + 1, name.end(),
                       base::IsAsciiDigit);
  });
}

Properties FactsOfArchive(std::string_view format, const Content& content,
                          std::uint64_t most_dictionary) {
  std::array<std::byte, kHead> buffer;
  const std::size_t got = content.ReadAt(0, buffer);
  const std::string_view head(reinterpret_cast<const char*>(buffer.data()), got);
  Properties facts;
  if (format == "rar") facts.Add(FactsOfRar(head));
  if (format == "rar5") facts.Add(FactsOfRar5(head));
  if (format == "7z") facts.Add(FactsOfSevenZip(head, content.size()));
  if (format == "cab") facts.Add(FactsOfCab(head));
  if (DictionaryOf(format, head) > most_dictionary) facts.Add(Property::kUnreadable);
  return facts;
}

}  // namespace gatepost::attachments
