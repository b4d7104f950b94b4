// Any bytes are something, and by any name too.
#include <cstdint>

#include "milters/attachments/content_type.h"
#include "milters/attachments/type_by_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::attachments;
  const auto bytes = std::as_bytes(std::span(data, size));
  const ContentType type = DetectContentType(bytes);
  const std::string_view name(reinterpret_cast<const char*>(data), size);
  if (type.name.empty() || TypeByName(name, type).name.empty()) __builtin_trap();
  if (DetectByTail(bytes).name.empty()) __builtin_trap();
  return 0;
}
