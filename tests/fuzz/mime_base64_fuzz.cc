// Any base64: every decoder of this processor reads what the portable one reads character by
// character, whole and in two pieces.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "common/mime/base64_stream.h"

namespace {

using namespace gatepost::mime;

struct Decoded {
  std::string bytes;
  std::uint64_t foreign = 0;
  bool goes_on = false, truncated = false;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

void FeedTo(Base64Stream& stream, std::string_view piece, Decoded& decoded) {
  std::vector<std::byte> out(Base64Stream::MostOut(piece.size()));
  const std::size_t size = stream.Feed(piece, out.data());
  decoded.bytes.append(reinterpret_cast<const char*>(out.data()), size);
}

Decoded Finished(Base64Stream& stream, Decoded decoded) {
  std::vector<std::byte> out(Base64Stream::MostOut(0));
  const std::size_t size = stream.Finish(out.data());
  decoded.bytes.append(reinterpret_cast<const char*>(out.data()), size);
  decoded.foreign = stream.foreign();
  decoded.goes_on = stream.goes_on_after_padding();
  decoded.truncated = stream.truncated();
  return decoded;
}

Decoded ByCharacter(std::string_view text, Base64Stream::Padding padding) {
  Base64Stream stream(padding, Base64Decoders().back());
  Decoded decoded;
  for (std::size_t i = 0; i < text.size(); ++i) FeedTo(stream, text.substr(i, 1), decoded);
  return Finished(stream, std::move(decoded));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = size > 0 ? data[size / 2] * size / 256 : 0;
  for (const auto padding :
       {Base64Stream::Padding::kEndsQuantum, Base64Stream::Padding::kIgnored}) {
    const Decoded wanted = ByCharacter(text, padding);
    for (const Base64Decoder decoder : Base64Decoders()) {
      Base64Stream stream(padding, decoder);
      Decoded decoded;
      FeedTo(stream, text.substr(0, cut), decoded);
      FeedTo(stream, text.substr(cut), decoded);
      if (!(Finished(stream, std::move(decoded)) == wanted)) std::abort();
    }
  }
  return 0;
}
