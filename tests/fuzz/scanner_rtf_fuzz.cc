// Any bytes as Rtf: the look ends, and what is handed on can be read.
#include <cstdint>
#include <string>

#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/rtf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::attachments;
  NoLimit no_limit;
  const MemoryContent content(std::as_bytes(std::span(data, size)));
  const auto read = [](const std::string&, const Content& file) { ReadText(file, 0, 4'096); };
  InspectRtf(content, no_limit, read);
  return 0;
}
