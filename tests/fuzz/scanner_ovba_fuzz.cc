// Any bytes as a compressed container: no more comes out than is asked for.
#include <cstdint>

#include "milters/attachments/scanner/ovba.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::attachments;
  constexpr std::size_t kMost = 100'000;
  const std::string text = DecompressOvba({reinterpret_cast<const char*>(data), size}, kMost);
  if (text.size() > kMost) __builtin_trap();
  ParseVbaDir(text);
  HasAutoMacroName(text);
  return 0;
}
