// Any text, whole and in two pieces: the same files are found in it, each begun and ended once.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/mime/quoted_printable_stream.h"
#include "common/mime/text_files.h"

namespace {

using namespace gatepost::mime;

struct Told : TextFiles::Sink {
  std::string all;
  bool open = false;

  void OnTextFile(TextEncoding encoding, std::string_view name) override {
    if (open || name.size() > 1'000) std::abort();
    open = true;
    all.append("begin ").append(std::to_string(static_cast<int>(encoding))).append(name);
  }
  void OnTextFileContent(std::span<const std::byte> content) override {
    if (!open) std::abort();
    all.append(reinterpret_cast<const char*>(content.data()), content.size());
  }
  void OnTextFileEnd(bool whole) override {
    if (!open) std::abort();
    open = false;
    all.append(whole ? "end" : "cut");
  }
};

std::string Find(std::string_view text, std::size_t cut) {
  Told told;
  TextFiles files(told);
  files.Feed(text.substr(0, cut));
  files.Feed(text.substr(cut));
  files.Finish();
  if (told.open) std::abort();
  return told.all;
}

std::string Unquoted(std::string_view text, std::size_t cut) {
  QuotedPrintableStream stream;
  std::string out;
  stream.Feed(text.substr(0, cut), out);
  stream.Feed(text.substr(cut), out);
  stream.Finish(out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = size > 0 ? data[size / 2] * size / 256 : 0;
  if (Find(text, cut) != Find(text, size)) std::abort();
  if (Unquoted(text, cut) != Unquoted(text, size)) std::abort();
  return 0;
}
