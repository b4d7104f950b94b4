// What libarchive does not tell of RAR 5: which members have a password. Pure functions over
// Content; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"

namespace gatepost::attachments {

// A number of seven bits a byte, the lowest first, the eighth bit says that there is more; taken
// from the front of `bytes`, which stays as it is where there is none.
std::optional<std::uint64_t> TakeVariable(std::string_view& bytes);

// Names of members whose content is encrypted, as they stand there, sorted. Ends at damage.
std::vector<std::string> EncryptedRar5Members(const Content& content, FormatBudget& budget);

}  // namespace gatepost::attachments
