// Files that policy tells apart but that have no signature of a table: old archives that nobody
// here reads, files of a Macintosh, frames that unpackers skip, files written as text. Pure
// functions; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "milters/attachments/content_type.h"

namespace gatepost::attachments {

// What an unknown file is: "zoo", "uha" and the like, "applesingle", "macbinary", "zstd" behind
// frames that are skipped; unknown for the rest.
ContentType RareKind(std::span<const std::byte> head);

// MacBinary by its header; `told` somewhere, less of it is asked for.
bool IsMacBinary(std::string_view head, bool told);

// A line begins a file in text, and more follows: uuencode, begin-base64 or yEnc.
bool HoldsTextFile(std::string_view head);

// A frame of zstd and lz4 that holds nothing: its whole size; 0 where none begins.
std::size_t SkippableFrame(std::string_view head);

}  // namespace gatepost::attachments
