// Tags in which nothing can run, found at a glance: most of what newsletters are made of. Pure
// functions; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace gatepost::attachments {

// How long the tag is that `text` begins with, where it is whole and certainly has neither an event
// nor a link that is code, nor a data: URI, a download, a script or a page within; else 0.
std::size_t DullTag(std::string_view text);

}  // namespace gatepost::attachments
