// Searches for what structures a message, many bytes at a time. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace gatepost::mime {

// Where "--" begins a line; npos where it does not. `at_line_start`: the text does.
std::size_t FindDashes(std::string_view text, bool at_line_start);

// The first CR or LF from `from` on; npos where there is none.
std::size_t FindLineEnd(std::string_view text, std::size_t from = 0);

// The first CR, LF or "=".
std::size_t FindLineEndOrEquals(std::string_view text);

}  // namespace gatepost::mime
