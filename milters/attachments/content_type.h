// What a file is, by its first bytes: signatures of the formats that policy tells apart. A table of
// ours, as libmagic takes a thousand times longer on text. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace gatepost::attachments {

enum class Kind {
  kUnknown,
  kExecutable,  // runs on some common system
  kScript,      // an interpreter runs it
  kShortcut,    // points to something that is run
  kArchive,     // holds files, or one file packed
  kDiskImage,   // is mounted by a double click
  kDocument,    // may hold active content
  kText,        // nothing but characters, of no kind above
  kMedia,       // images, sound, films, fonts
  kMail,        // messages, signatures and encrypted parts
};

struct ContentType {
  std::string_view name = "unknown";  // "pe", "zip", "pdf": as rules name it
  Kind kind = Kind::kUnknown;
};

// So much of a file's beginning tells what it is; more is of no use.
inline constexpr std::size_t kSignatureBytes = 4'096;
// Disk images have their signature far inside: ISO 9660 and UDF from 32 kB on.
inline constexpr std::size_t kDiskImageBytes = 40'960;

// `head`: the first bytes, up to kDiskImageBytes where there are so many.
// What only a name tells is text or unknown by this (type_by_name.h).
ContentType DetectContentType(std::span<const std::byte> head);

// Of a disk image that has its signature at its end: vhd of fixed size, dmg.
inline constexpr std::size_t kTailBytes = 512;
// `tail`: the last bytes, kTailBytes at least; unknown where they tell nothing.
ContentType DetectByTail(std::span<const std::byte> tail);

std::string_view Name(Kind kind);

}  // namespace gatepost::attachments
