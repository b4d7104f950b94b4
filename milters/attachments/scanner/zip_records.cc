#include "milters/attachments/scanner/zip_records.h"

#include <algorithm>
#include <array>

#include "milters/attachments/scanner/byte_order.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kLocalBytes = 30;
constexpr std::uint64_t kIn64 = 0xFFFF'FFFF;
constexpr unsigned kUnix = 3;
constexpr unsigned kDarwin = 19;
constexpr std::uint32_t kTypeMask = 0170000;
constexpr std::uint32_t kSymbolicLink = 0120000;

// The extra field of an id, without its header; "" for none.
std::string_view FindExtra(std::string_view extra, unsigned id) {
  while (extra.size() >= 4) {
    const std::size_t size = std::min<std::size_t>(Little16(extra, 2), extra.size() - 4);
    if (Little16(extra, 0) == id) return extra.substr(4, size);
    extra.remove_prefix(4 + size);
  }
  return {};
}

// Numbers that do not fit into 32 bits stand in an extra field, in this order, each only where it
// is needed.
void ReadZip64(std::string_view extra, ZipMember& member, std::uint64_t* offset) {
  std::string_view field = FindExtra(extra, 1);
  const auto take = [&field](std::uint64_t& value) {
    if (value != kIn64 || field.size() < 8) return;
    value = Little64(field, 0);
    field.remove_prefix(8);
  };
  take(member.size);
  take(member.compressed);
  if (offset != nullptr) take(*offset);
}

std::string UnicodeName(std::string_view extra) {
  const auto field = FindExtra(extra, 0x7075);
  return field.size() > 5 ? std::string(field.substr(5)) : std::string();
}

bool IsLink(std::string_view record) {
  const unsigned system = Little16(record, 4) >> 8;
  const std::uint32_t mode = Little32(record, 38) >> 16;
  return (system == kUnix || system == kDarwin) && (mode & kTypeMask) == kSymbolicLink;
}

}  // namespace

std::optional<ZipMember> ReadCentralRecord(ContentCursor& cursor, std::uint64_t offset,
                                           std::int64_t base, std::uint64_t* next) {
  std::string_view record = cursor.At(offset, kCentralBytes);
  if (record.size() < kCentralBytes || !record.starts_with(kZipCentralSignature)) {
    return std::nullopt;
  }
  const std::size_t name = Little16(record, 28);
  const std::size_t extra = Little16(record, 30);
  const std::size_t whole = kCentralBytes + name + extra + Little16(record, 32);
  record = cursor.At(offset, whole);
  if (record.size() < whole) return std::nullopt;
  ZipMember member;
  member.flags = Little16(record, 8);
  member.method = Little16(record, 10);
  member.compressed = Little32(record, 20);
  member.size = Little32(record, 24);
  member.link = IsLink(record);
  member.name = record.substr(kCentralBytes, name);
  std::uint64_t place = Little32(record, 42);
  ReadZip64(record.substr(kCentralBytes + name, extra), member, &place);
  member.unicode_name = UnicodeName(record.substr(kCentralBytes + name, extra));
  member.header_offset = place + static_cast<std::uint64_t>(base);  // wraps: then it is nowhere
  *next = offset + whole;
  return member;
}

std::optional<ZipMember> ReadLocalRecord(ContentCursor& cursor, std::uint64_t offset) {
  std::string_view record = cursor.At(offset, kLocalBytes);
  if (record.size() < kLocalBytes || !record.starts_with(kZipLocalSignature)) return std::nullopt;
  const std::size_t name = Little16(record, 26);
  const std::size_t extra = Little16(record, 28);
  record = cursor.At(offset, kLocalBytes + name + extra);
  if (record.size() < kLocalBytes + name) return std::nullopt;
  ZipMember member;
  member.flags = Little16(record, 6);
  member.method = Little16(record, 8);
  member.compressed = Little32(record, 18);
  member.size = Little32(record, 22);
  member.name = record.substr(kLocalBytes, name);
  ReadZip64(record.substr(kLocalBytes + name), member, nullptr);
  member.unicode_name = UnicodeName(record.substr(kLocalBytes + name));
  member.header_offset = offset;
  member.content_offset = offset + kLocalBytes + name + extra;
  return member;
}

bool IsPlausible(const ZipMember& local) {
  constexpr std::array<unsigned, 19> kMethods{0,  1,  2,  3,  4,  5,  6,  8,  9, 10,
                                              12, 14, 18, 19, 93, 95, 97, 98, 99};
  constexpr std::size_t kMostName = 2'048;
  return std::ranges::find(kMethods, local.method) != kMethods.end() && !local.name.empty() &&
         local.name.size() <= kMostName &&
         std::ranges::none_of(local.name, [](char c) { return c >= 0 && c < ' '; });
}

}  // namespace gatepost::attachments
