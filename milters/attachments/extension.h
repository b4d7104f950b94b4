// What file name extensions stand for, of those that policy tells apart. A table of ours; pure
// functions, any thread.
#pragma once

#include <string_view>

#include "milters/attachments/content_type.h"

namespace gatepost::attachments {

// By the lower case extension without its dot; kUnknown where nothing is known of it.
Kind KindOfExtension(std::string_view extension);

// The extension that programs give to a file that is declared as this type: "exe" for
// "application/x-msdownload". "" where it is none that a double click runs.
std::string_view ExtensionOfType(std::string_view declared_type);

// A double click runs it, or opens something that does: programs, scripts, shortcuts, disk images.
bool IsRisky(Kind kind);

}  // namespace gatepost::attachments
