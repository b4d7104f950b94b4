#include "milters/attachments/scanner/embedded_archive.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/content_cursor.h"
#include "milters/attachments/scanner/zip_directory.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kSearched = 1 << 20;

struct Mark {
  std::string_view format;
  std::string_view bytes;
};
constexpr std::array kMarks{Mark{"7z", "7z\xBC\xAF\x27\x1C"sv},
                            Mark{"rar5", "Rar!\x1A\x07\x01\0"sv}, Mark{"rar", "Rar!\x1A\x07\0"sv},
                            Mark{"cab", "MSCF\0\0\0\0"sv}};

// Programs that unpack archives have the same bytes in their code.
bool IsArchive(std::string_view format, std::string_view head, std::uint64_t room) {
  if (format == "7z") {
    const auto start = head.substr(12, 20);
    const auto* const bytes = reinterpret_cast<const Bytef*>(start.data());
    return ::crc32(0, bytes, static_cast<uInt>(start.size())) == Little32(head, 8);
  }
  if (format == "rar") return head[9] == '\x73';
  if (format == "cab") return Little32(head, 8) <= room && Little32(head, 16) < Little32(head, 8);
  return true;
}

std::optional<EmbeddedArchive> FindMark(ContentCursor& cursor, const Mark& mark) {
  constexpr std::size_t kHead = 32;
  constexpr std::size_t kMostTries = 16;
  std::uint64_t begin = 1;
  for (std::size_t tries = 0; tries < kMostTries; ++tries) {
    const auto at = FindText(cursor, mark.bytes, begin, kSearched);
    if (!at) break;
    const auto head = cursor.At(*at, kHead);
    if (head.size() == kHead && IsArchive(mark.format, head, cursor.content().size() - *at)) {
      return EmbeddedArchive{mark.format, *at};
    }
    begin = *at + mark.bytes.size();
  }
  return std::nullopt;
}

}  // namespace

std::optional<EmbeddedArchive> FindEmbeddedArchive(const Content& content, FormatBudget& budget) {
  const auto zip = FindZipDirectory(content);
  if (zip && zip->members > 0) return EmbeddedArchive{"zip", 0};
  ContentCursor cursor(content);
  for (const Mark& mark : kMarks) {
    if (!budget.Spend(std::min(kSearched, content.size()))) break;
    if (const auto found = FindMark(cursor, mark)) return found;
  }
  return std::nullopt;
}

bool HoldsZipMember(const Content& content, FormatBudget& budget) {
  if (!budget.Spend(std::min(kSearched, content.size()))) return false;
  ContentCursor cursor(content);
  ContentCursor records(content, 256);
  std::uint64_t begin = 0;
  while (const auto at = FindText(cursor, kZipLocalSignature, begin, kSearched)) {
    const auto local = ReadLocalRecord(records, *at);
    if (local && IsPlausible(*local)) return true;
    if (!budget.Spend(0)) break;
    begin = *at + kZipLocalSignature.size();
  }
  return false;
}

bool EndsWithZip(const Content& content) {
  constexpr std::uint64_t kLineEnd = 2;
  const auto zip = FindZipDirectory(content);
  return zip && zip->members > 0 && content.size() - zip->file_end <= kLineEnd;
}

}  // namespace gatepost::attachments
