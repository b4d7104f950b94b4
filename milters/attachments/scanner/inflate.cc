#include "milters/attachments/scanner/inflate.h"

#include <zlib.h>

#include <algorithm>

namespace gatepost::attachments {

std::string Inflate(std::string_view packed, std::size_t most) {
  constexpr std::size_t kPiece = 64 << 10;
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(packed.size(), 1u << 30));
  std::string out;
  int result = Z_OK;
  while (result == Z_OK && out.size() < most) {
    const std::size_t before = out.size();
    out.resize(std::min(before + kPiece, most));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (out.size() == before) break;
  }
  inflateEnd(&stream);
  return out;
}

}  // namespace gatepost::attachments
