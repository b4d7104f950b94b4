// Any file under any of a few names, with a small budget: the scan ends, keeps its budget, and
// tells members with paths.
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "milters/attachments/scanner/scan.h"

namespace {

using namespace gatepost::attachments;

class FuzzedFile final : public ScratchFile {
 public:
  void Clear() override { bytes_.clear(); }
  bool Append(std::span<const std::byte> bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return true;
  }
  const Content& content() const override {
    content_ = std::make_unique<MemoryContent>(bytes_);
    return *content_;
  }

 private:
  std::vector<std::byte> bytes_;
  mutable std::unique_ptr<MemoryContent> content_;
};

struct FuzzedScratch final : Scratch {
  std::vector<FuzzedFile> files{4};
  ScratchFile* At(std::size_t depth) override {
    return depth < files.size() ? &files[depth] : nullptr;
  }
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
  static const std::vector<std::string> kNames[] = {{}, {"a.eml"}, {"a.tar.gz"}, {"a.zip.001"}};
  if (size == 0) return 0;
  ScanRequest request;
  request.names = kNames[data[size - 1] % 4];
  request.sha256 = data[size - 1] % 8 > 3;
  request.budget = {.depth = 4, .members = 100, .bytes = 4 << 20, .ratio = 100};
  request.budget.ratio_floor = 1 << 20;
  request.budget.member_bytes = 1 << 20;
  FuzzedScratch scratch;
  Counted counted;
  const MemoryContent content(std::as_bytes(std::span(data, size)));
  const ScanResult result = Scan(content, request, scratch, counted);
  // With the name that stands before it a member is told twice.
  if (counted.members > 2 * request.budget.members || result.type.name.empty()) std::abort();
  return 0;
}
