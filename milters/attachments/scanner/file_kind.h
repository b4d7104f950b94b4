// What a file is, by its beginning and by what its name and declared type tell beyond, and how it
// is looked into. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/content_type.h"

namespace gatepost::attachments {

// As DetectContentType, and what that leaves open: "message" for mail and saved web pages, "cms"
// for S/MIME, "tar" of before POSIX, "html" and "svg" for text that is opened as that, "com" for
// programs of DOS that look like text, "text-file" where text holds a file (uuencode and the like),
// and what rare_kinds.h tells.
ContentType KindOfFile(std::span<const std::byte> head, const std::vector<std::string>& names,
                       const std::vector<std::string>& declared_types);

// Looked into by any byte of it.
bool NeedsWhole(const ContentType& type);
// As that, or an archive by one of its names: programs that unpack find it behind whatever stands
// before it.
bool MayHoldMore(const ContentType& type, const std::vector<std::string>& names);
// One of the names is an archive's.
bool NamesArchive(const std::vector<std::string>& names);
// Looked into while it streams by (HtmlWatch).
bool IsWatched(const ContentType& type);

// The first block is a header of tar: its checksum is right.
bool IsTarHeader(std::string_view block);

// One of the names ends so, whatever the case; `extension` in lower case.
bool HasExtension(const std::vector<std::string>& names, std::string_view extension);

}  // namespace gatepost::attachments
