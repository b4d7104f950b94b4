// What a zip says of a member, in its directory and before the member itself (APPNOTE 4.3.7 and
// 4.3.12). Pure functions over Content; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "milters/attachments/scanner/content_cursor.h"

namespace gatepost::attachments {

inline constexpr std::string_view kZipLocalSignature{"PK\x03\x04", 4};
inline constexpr std::string_view kZipCentralSignature{"PK\x01\x02", 4};
inline constexpr std::string_view kZipEndSignature{"PK\x05\x06", 4};
inline constexpr std::string_view kZipDescriptorSignature{"PK\x07\x08", 4};

struct ZipMember {
  std::string name;          // as it stands there
  std::string unicode_name;  // of the field that Info-ZIP has for it; "" for none
  unsigned flags = 0;
  unsigned method = 0;
  std::uint64_t compressed = 0;
  std::uint64_t size = 0;
  std::uint64_t header_offset = 0;   // of the record before the member
  std::uint64_t content_offset = 0;  // known from that record alone
  bool link = false;

  bool encrypted() const { return (flags & 1) != 0; }
  // Sizes stand behind the content.
  bool sizes_follow() const { return (flags & 8) != 0; }
  bool directory_encrypted() const { return (flags & 0x2000) != 0; }
  bool folder() const { return name.ends_with('/') && size == 0 && compressed <= 2; }
};

// The record at `offset` of the directory; `next` gets where the one behind it begins. Offsets in
// it count from `base`.
std::optional<ZipMember> ReadCentralRecord(ContentCursor& cursor, std::uint64_t offset,
                                           std::int64_t base, std::uint64_t* next);

// The record before a member, at `offset`.
std::optional<ZipMember> ReadLocalRecord(ContentCursor& cursor, std::uint64_t offset);

// Whether it is likely to be one and not only the same four letters.
bool IsPlausible(const ZipMember& local);

}  // namespace gatepost::attachments
