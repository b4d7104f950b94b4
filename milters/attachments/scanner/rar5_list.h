// What libarchive does not tell of RAR 5: which members have a password. Pure functions over
// Content; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "milters/attachments/scanner/content.h"
#include "milters/attachments/scanner/format_budget.h"

namespace gatepost::attachments {

// A number of seven bits a byte, the lowest first, the eighth bit says that there is more; taken
// from the front of `bytes`, which stays as it is where there is none.
std::optional<std::uint64_t> TakeVariable(std::string_view& bytes);

// Of each member in the order of the archive, folders and links, too, whether its content is
// encrypted. Ends at damage.
std::vector<bool> EncryptedRar5Members(const Content& content, FormatBudget& budget);

}  // namespace gatepost::attachments
