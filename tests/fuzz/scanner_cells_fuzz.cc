// Any text as cells, whole and in two pieces: the same is told of it.
#include <cstdint>

#include "milters/attachments/scanner/cell_watch.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::attachments;
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::size_t cut = size > 0 ? data[size / 2] * size / 256 : 0;
  CellWatch whole, pieces;
  whole.Feed(bytes);
  pieces.Feed(bytes.first(cut));
  pieces.Feed(bytes.subspan(cut));
  if (!(whole.Finish() == pieces.Finish())) __builtin_trap();
  return 0;
}
