// How PDF packs streams (ISO 32000-1 section 7.4): those that scripts and files come in. Pure
// functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::attachments {

// "FlateDecode", "Fl" and so on.
bool IsPdfFilter(std::string_view name);
// What the filters, in their order, make of `packed`, at most `most` bytes of it; "" where one is
// not known here (pictures, LZW).
std::string DecodePdfStream(std::string packed, const std::vector<std::string>& filters,
                            std::size_t most);

}  // namespace gatepost::attachments
