// What the names of a file tell, in every reading that a mail client or a system has of them. Pure
// functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/item.h"
#include "milters/attachments/property.h"

namespace gatepost::attachments {

// Every extension that some system may go by, in lower case without the dot, each once: after what
// Windows drops at the end, before a NUL or a stream's name, as it is and as it looks; where
// programs that cut a long name may leave it; and what a declared type stands for.
std::vector<std::string> ExtensionsOf(const Item& item);

// The properties of names, and kTypeMismatch. A name is held against its sender only where it can
// do harm: a joiner in a Persian name or an emoji is none, one before ".exe" is. kTypeMismatch is
// told where what a file is can run or hide something and its name or declared type promises
// something harmless; a PDF that is called .docx merely fails to open.
Properties JudgeNames(const Item& item);

}  // namespace gatepost::attachments
