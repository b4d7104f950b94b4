// Where documents load things from. Pure functions; any thread.
#pragma once

#include <string_view>

namespace gatepost::attachments {

// A file that is not on this computer: on a network share.
bool IsRemoteFile(std::string_view target);
// A web server, or what is read like one (mhtml:).
bool IsWeb(std::string_view target);

// A program, script or shortcut, by its name; with arguments or without. Never on the web.
bool IsProgramTarget(std::string_view target);

}  // namespace gatepost::attachments
