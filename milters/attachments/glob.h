// Patterns with "*" for any text and "?" for one character (of UTF-8). Pure functions; any thread.
#pragma once

#include <string_view>

namespace gatepost::attachments {

// Both in the same case. At most the product of their lengths in steps.
bool FitsGlob(std::string_view text, std::string_view pattern);

}  // namespace gatepost::attachments
