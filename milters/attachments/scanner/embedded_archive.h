// Archives in files that are something else: self-extracting programs, pictures with a zip behind
// them, a zip with junk before it. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"

namespace gatepost::attachments {

struct EmbeddedArchive {
  std::string_view format;   // as content_type.h names it
  std::uint64_t offset = 0;  // of a zip 0: its offsets count from where they will
};

// What archive programs find in a file that does not begin with one: a zip by its end, others by
// signatures in the first megabyte.
std::optional<EmbeddedArchive> FindEmbeddedArchive(const Content& content, FormatBudget& budget);

// A zip without its end, behind junk.
bool HoldsZipMember(const Content& content, FormatBudget& budget);

// A zip ends where the file does.
bool EndsWithZip(const Content& content);

}  // namespace gatepost::attachments
