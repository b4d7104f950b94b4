// The names of types by content that rules may ask for: all that the tables here and the scanner's
// documents tell. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::attachments {

// "pe", "zip", "docx" ..., in order.
const std::vector<std::string>& ContentNames();

// The one that equals `name`, kept as long as the program; nothing where there is none.
std::optional<std::string_view> KnownContentName(std::string_view name);

}  // namespace gatepost::attachments
