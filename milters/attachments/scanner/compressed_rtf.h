// Rich text as Outlook compresses it ([MS-OXRTFCP]). Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatepost::attachments {

// As much as is sound, at most `most` bytes; checksums are not looked at.
std::string DecompressRtf(std::string_view packed, std::size_t most);

}  // namespace gatepost::attachments
