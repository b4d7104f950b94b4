// The names of types by content that rules may ask for: all that the tables here and the scanner's
// documents tell. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

namespace gatepost::attachments {

// "pe", "zip", "docx" ..., in order.
const std::vector<std::string>& ContentNames();

}  // namespace gatepost::attachments
