// Any header of a part, and any charset: names in UTF-8, bounded in number, however they are
// encoded (RFC 2047, RFC 2231). The charset is the first line.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/mime/charset.h"
#include "common/mime/part_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::mime;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const auto charset = text.substr(0, end);
  const auto rest = end == text.npos ? std::string_view() : text.substr(end + 1);
  if (!IsUtf8(ToUtf8(rest, charset))) std::abort();
  Oddities oddities;
  const auto header = ReadPartHeader(SplitHeader(rest, oddities));
  if (header.part.encodings.empty() || header.part.names.size() > 64) std::abort();
  for (const auto& name : header.part.names) {
    if (!IsUtf8(name)) std::abort();
  }
  return 0;
}
