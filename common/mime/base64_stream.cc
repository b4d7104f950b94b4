#include "common/mime/base64_stream.h"

#include "common/mime/base64_alphabet.h"

namespace gatepost::mime {
namespace {

bool IsBlank(unsigned char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\t'; }

std::byte ByteOf(std::uint32_t bits, unsigned shift) {
  return static_cast<std::byte>(bits >> shift & 0xFF);
}

}  // namespace

// Whole quanta go the quick way; anything else character by character.
std::size_t Base64Stream::Feed(std::string_view piece, std::byte* out) {
  const std::byte* const start = out;
  const auto* in = reinterpret_cast<const unsigned char*>(piece.data());
  const auto* const end = in + piece.size();
  while (in != end) {
    if (sextets_ == 0) {
      const auto [next, decoded] = decoder_(in, end, out);
      if (decoded != out) GoOn();
      in = next;
      out = decoded;
    }
    // It stopped at something else: up to the end of a quantum, where it goes on.
    if (in != end) out += Put(*in++, out);
    while (in != end && sextets_ != 0) out += Put(*in++, out);
  }
  return static_cast<std::size_t>(out - start);
}

std::size_t Base64Stream::Put(unsigned char character, std::byte* out) {
  const std::uint32_t value = kBase64Tables[3][character];
  if (value == kBase64Foreign) {
    if (IsBlank(character)) return 0;
    if (character != '=') {
      ++foreign_;
      return 0;
    }
    padded_ = true;
    cut_quantum_ = cut_quantum_ || sextets_ > 0;
    return padding_ == Padding::kEndsQuantum ? EndQuantum(out) : 0;
  }
  GoOn();
  bits_ = bits_ << 6 | value;
  if (++sextets_ < 4) return 0;
  out[0] = ByteOf(bits_, 16);
  out[1] = ByteOf(bits_, 8);
  out[2] = ByteOf(bits_, 0);
  bits_ = sextets_ = 0;
  return 3;
}

// There is more, whatever came before.
void Base64Stream::GoOn() {
  goes_on_after_padding_ = goes_on_after_padding_ || padded_;
  readings_differ_ = readings_differ_ || cut_quantum_;
}

// Two characters hold one byte, three hold two; one holds none.
std::size_t Base64Stream::EndQuantum(std::byte* out) {
  const std::size_t bytes = sextets_ > 0 ? sextets_ - 1 : 0;
  if (sextets_ == 1) truncated_ = true;
  for (std::size_t i = 0; i < bytes; ++i) {
    out[i] = ByteOf(bits_, static_cast<unsigned>(6 * sextets_ - 8 * (i + 1)));
  }
  bits_ = sextets_ = 0;
  return bytes;
}

std::size_t Base64Stream::Finish(std::byte* out) { return EndQuantum(out); }

}  // namespace gatepost::mime
