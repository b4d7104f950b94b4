// Text in the charsets of mail, as UTF-8. Only charsets on a list of ours reach the C library's
// converters, which load code by a name that would otherwise be the sender's. Pure functions; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace gatepost::mime {

// Never fails: an unknown charset counts as the one that 8-bit text of unknown charset is mostly in
// (valid UTF-8 as that, anything else as windows-1252), and bytes that the charset does not have
// become U+FFFD.
std::string ToUtf8(std::string_view bytes, std::string_view charset);

// Has the C library load its converters for all charsets of the list, to stay. For a process that
// may open no more files; others load each when it is first needed. Milliseconds.
void LoadConverters();

bool IsUtf8(std::string_view bytes);

}  // namespace gatepost::mime
