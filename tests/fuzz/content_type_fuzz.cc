// Any bytes are something, and by any name too.
#include <cstdint>

#include "milters/attachments/content_type.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::attachments;
  if (DetectContentType(std::as_bytes(std::span(data, size))).name.empty()) __builtin_trap();
  return 0;
}
