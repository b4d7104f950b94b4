// VBA projects ([MS-OVBA]): source text in compressed containers, and the names by which Office
// runs a macro without being asked. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::attachments {

// Section 2.4.1: what a compressed container holds, as far as it is sound, at most `most` bytes.
std::string DecompressOvba(std::string_view container, std::size_t most);

struct VbaModule {
  std::string stream;        // its name in the storage
  std::uint32_t source = 0;  // where the compressed source begins in that stream
};

// The modules that a decompressed "dir" stream names (section 2.3.4.2).
std::vector<VbaModule> ParseVbaDir(std::string_view dir);

// The name of a macro that runs when the document is opened, closed or shown stands in it as a
// word. Also for compiled code, where names stand between other bytes.
bool HasAutoMacroName(std::string_view code);

}  // namespace gatepost::attachments
