// Any bytes as ARJ: the look ends, keeps its budget, and tells members with paths.
#include <cstdint>
#include <cstdlib>

#include "milters/attachments/scanner/arj_scan.h"

namespace {

using namespace gatepost::attachments;

struct NoScratch final : Scratch {
  ScratchFile* At(std::size_t) override { return nullptr; }
};

struct Counted final : ScanSink {
  std::size_t members = 0;
  void OnMember(const Item& item) override {
    if (item.path.empty() || !item.member) std::abort();
    ++members;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ScanRequest request;
  request.budget = {.depth = 2, .members = 100, .bytes = 4 << 20, .ratio = 100};
  NoScratch scratch;
  Counted counted;
  const MemoryContent content(std::as_bytes(std::span(data, size)));
  ScanRun run(request, size, scratch, counted);
  ScanArj(run, content, {});
  if (counted.members > 2 * request.budget.members) std::abort();
  return 0;
}
