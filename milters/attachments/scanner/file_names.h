// Names of files that documents carry. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatepost::attachments {

// What stands after the last slash, backslash or colon.
std::string LastOfPath(std::string_view path);

// The names that end differently, each once; never empty: "" where there is no name.
std::vector<std::string> DifferentNames(const std::vector<std::string>& names);

}  // namespace gatepost::attachments
