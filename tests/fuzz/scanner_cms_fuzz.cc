// Any S/MIME message: bounded, and what is shown lies within it.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "milters/attachments/scanner/cms.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::attachments;
  const MemoryContent content(std::as_bytes(std::span(data, size)));
  NoLimit budget;
  InspectCms(content, budget, [&](const Content& entity) {
    if (entity.size() > size) std::abort();
    std::vector<std::byte> bytes(entity.size());
    if (entity.ReadAt(0, bytes) != bytes.size()) std::abort();
  });
  return 0;
}
