// Any bytes as RAR 5: the list ends, and has no more members than bytes.
#include <cstdint>
#include <cstdlib>

#include "milters/attachments/scanner/rar5_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::attachments;
  NoLimit no_limit;
  const MemoryContent content(std::as_bytes(std::span(data, size)));
  if (EncryptedRar5Members(content, no_limit).size() > size) std::abort();
  return 0;
}
