// "Did you mean?" for keys, sections and choices. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::config {

// The candidate that `written` was most likely meant to be: at most a third of its letters are
// wrong, missing, too many or swapped with their neighbour, or it is the beginning; case does not
// count. The first of equals.
std::optional<std::string> Closest(std::string_view written,
                                   const std::vector<std::string>& candidates);

}  // namespace gatepost::config
