// Bytes packed by "deflate" (RFC 1950), as documents pack their streams. Pure functions; any
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatepost::attachments {

// As much as is sound, at most `most` bytes.
std::string Inflate(std::string_view packed, std::size_t most);

}  // namespace gatepost::attachments
