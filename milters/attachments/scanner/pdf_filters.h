// How PDF packs streams (ISO 32000-1 section 7.4): those that scripts and files come in. Pure
// functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::attachments {

// What the filters, in their order, make of `packed`, at most `most` bytes of it; nothing where
// they are too many or one is not known here (pictures, LZW).
std::optional<std::string> DecodePdfStream(std::string packed,
                                           const std::vector<std::string>& filters,
                                           std::size_t most);

}  // namespace gatepost::attachments
