// Any bytes as Office in one XML text, and as what its macros are packed in.
#include <cstdint>
#include <string>

#include "milters/attachments/scanner/active_mime.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/flat_office.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::attachments;
  NoLimit no_limit;
  const MemoryContent content(std::as_bytes(std::span(data, size)));
  const auto read = [](const std::string&, const Content& file) { ReadText(file, 0, 4'096); };
  InspectFlatOffice(content, no_limit, read);
  InspectActiveMime(content, no_limit, read);
  return 0;
}
