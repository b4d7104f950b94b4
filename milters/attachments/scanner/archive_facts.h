// What the first bytes of an archive tell before a library reads it: volumes, encrypted names, more
// memory than is given to it. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/content.h"

namespace gatepost::attachments {

// No more memory is asked for than a scanner process has by default, for the dictionary of a
// compressed file.
inline constexpr std::uint64_t kMostDictionary = 40ull << 20;

// "a.7z.001", "a.zip.002": pieces of an archive, cut at any place.
bool IsNumberedPiece(const std::vector<std::string>& names);

// `format` as content_type.h names it. kMultiVolume, kEncryptedNames, kTruncated, kUnreadable.
Properties FactsOfArchive(std::string_view format, const Content& content);

}  // namespace gatepost::attachments
