// Where links in archives lead. Pure functions; any thread.
#pragma once

#include <string_view>

namespace gatepost::attachments {

// From a member of this name, by the target that stands in it: above the archive's own folder, or
// to a place of the whole system.
bool LinkLeadsOut(std::string_view name, std::string_view target);

}  // namespace gatepost::attachments
