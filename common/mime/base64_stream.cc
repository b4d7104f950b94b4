#include "common/mime/base64_stream.h"

#include <array>

namespace gatepost::mime {
namespace {

constexpr std::uint32_t kForeign = 0xFF00'0000;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

using Table = std::array<std::uint32_t, 256>;

// What a character adds to the 24 bits of a quantum at one of its four places.
constexpr Table MakeTable(unsigned shift) {
  Table table{};
  for (auto& value : table) value = kForeign;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint32_t>(i) << shift;
  }
  return table;
}

constexpr std::array<Table, 4> kTables{MakeTable(18), MakeTable(12), MakeTable(6), MakeTable(0)};

bool IsBlank(unsigned char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\t'; }

std::byte ByteOf(std::uint32_t bits, unsigned shift) {
  return static_cast<std::byte>(bits >> shift & 0xFF);
}

}  // namespace

// Whole quanta go by table, four characters at a time; anything else by the slow way, character by
// character.
std::size_t Base64Stream::Feed(std::string_view piece, std::byte* out) {
  const std::byte* const start = out;
  const auto* in = reinterpret_cast<const unsigned char*>(piece.data());
  const auto* const end = in + piece.size();
  while (in != end) {
    while (sextets_ == 0 && end - in >= 4) {
      const std::uint32_t bits =
          kTables[0][in[0]] | kTables[1][in[1]] | kTables[2][in[2]] | kTables[3][in[3]];
      if (bits >= kForeign) break;
      out[0] = ByteOf(bits, 16);
      out[1] = ByteOf(bits, 8);
      out[2] = ByteOf(bits, 0);
      out += 3;
      in += 4;
      if (padded_) goes_on_after_padding_ = true;
    }
    if (in != end) out += Put(*in++, out);
  }
  return static_cast<std::size_t>(out - start);
}

std::size_t Base64Stream::Put(unsigned char character, std::byte* out) {
  const std::uint32_t value = kTables[3][character];
  if (value == kForeign) {
    if (IsBlank(character)) return 0;
    if (character != '=') {
      ++foreign_;
      return 0;
    }
    padded_ = true;
    return padding_ == Padding::kEndsQuantum ? EndQuantum(out) : 0;
  }
  if (padded_) goes_on_after_padding_ = true;
  bits_ = bits_ << 6 | value;
  if (++sextets_ < 4) return 0;
  out[0] = ByteOf(bits_, 16);
  out[1] = ByteOf(bits_, 8);
  out[2] = ByteOf(bits_, 0);
  bits_ = sextets_ = 0;
  return 3;
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
