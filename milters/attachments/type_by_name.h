// What text is by its name alone: a script or a shortcut has no signature, its extension makes it
// one. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/content_type.h"

namespace gatepost::attachments {

// `type` as the content tells it; where that is text, or nothing known, and the extension of `name`
// is one by which a common system runs or follows text, the type that the extension makes of it.
// Blanks, dots and a stream's name at the end, which Windows drops, are left out.
ContentType TypeByName(std::string_view name, const ContentType& type);
// The same of a file with several names: the first that makes it something else.
ContentType TypeByName(const std::vector<std::string>& names, const ContentType& type);

}  // namespace gatepost::attachments
