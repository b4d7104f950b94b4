// Any message, in two pieces and whole: the walker tells the same of it (where there are two
// readings, not always in the same order), begins and ends each part once, and keeps its limits.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "common/mime/walker.h"

namespace {

using namespace gatepost::mime;

struct Told : PartSink {
  std::multiset<std::string> all;
  std::vector<bool> open;
  std::vector<std::size_t> bytes;
  std::size_t size = 0;  // of the body

  void OnPart(const Part& part) override {
    if (part.encodings.empty() || part.number != open.size()) std::abort();
    open.push_back(true);
    bytes.push_back(0);
    for (const auto& name : part.names) all.insert(part.path + " " + name);
  }
  void OnContent(const Part& part, std::size_t encoding,
                 std::span<const std::byte> content) override {
    if (!open.at(part.number) || encoding >= part.encodings.size()) std::abort();
    bytes[part.number] += content.size();
  }
  void OnPartEnd(const Part& part) override {
    if (!open.at(part.number)) std::abort();
    open[part.number] = false;
    std::string end = part.path + " " + std::to_string(bytes[part.number]);
    if (part.extent) {
      const auto [header, content, behind] = *part.extent;
      if (header > content || content > behind || behind > size) std::abort();
      for (const auto at : {header, content, behind}) end += " " + std::to_string(at);
    }
    all.insert(std::move(end));
  }
  void OnWalkLimit(WalkLimit limit) override {
    all.insert(std::to_string(static_cast<int>(limit)));
  }
};

Told Walk(std::string_view text, std::size_t cut) {
  Told told;
  told.size = text.size();
  Walker walker(told, {.depth = 10, .parts = 200, .header_bytes = 4'096});
  walker.Begin({{"Content-Type", " message/rfc822"}});
  walker.Feed(std::as_bytes(std::span(text.substr(0, cut))));
  walker.Feed(std::as_bytes(std::span(text.substr(cut))));
  walker.Finish();
  for (const bool open : told.open) {
    if (open) std::abort();
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Told whole = Walk(text, size);
  const std::size_t cut = size > 0 ? data[size / 2] * size / 256 : 0;
  if (Walk(text, cut).all != whole.all) std::abort();
  return 0;
}
