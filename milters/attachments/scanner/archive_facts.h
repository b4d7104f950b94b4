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

// "a.7z.001", "a.zip.002": pieces of an archive, cut at any place.
bool IsNumberedPiece(const std::vector<std::string>& names);

// `format` as content_type.h names it. kMultiVolume, kEncryptedNames, kTruncated; kUnreadable where
// a compressed file asks for a dictionary of more than `most_dictionary` bytes.
Properties FactsOfArchive(std::string_view format, const Content& content,
                          std::uint64_t most_dictionary);

}  // namespace gatepost::attachments
