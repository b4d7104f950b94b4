// The alphabet of base64 (RFC 4648 section 4), for decoders. Constants; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gatepost::mime {

inline constexpr std::string_view kBase64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline constexpr std::uint32_t kBase64Foreign = 0xFF00'0000;

using Base64Table = std::array<std::uint32_t, 256>;

// What a character adds to the 24 bits of a quantum, by its place there; kBase64Foreign: nothing.
constexpr Base64Table MakeBase64Table(unsigned shift) {
  Base64Table table{};
  for (auto& value : table) value = kBase64Foreign;
  for (std::size_t i = 0; i < kBase64Alphabet.size(); ++i) {
    table[static_cast<unsigned char>(kBase64Alphabet[i])] = static_cast<std::uint32_t>(i) << shift;
  }
  return table;
}

inline constexpr std::array<Base64Table, 4> kBase64Tables{MakeBase64Table(18), MakeBase64Table(12),
                                                          MakeBase64Table(6), MakeBase64Table(0)};

}  // namespace gatepost::mime
