// Numbers as archives write them. Pure functions over bytes that are there; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatepost::attachments {

// `count` bytes from `at` on, the lowest first; 0 for what lies behind the end.
constexpr std::uint64_t LittleEndian(std::string_view bytes, std::size_t at, std::size_t count) {
  if (at > bytes.size() || count > bytes.size() - at) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = count; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

constexpr std::uint16_t LittleEndian16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(LittleEndian(bytes, at, 2));
}
constexpr std::uint32_t LittleEndian32(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(LittleEndian(bytes, at, 4));
}
constexpr std::uint64_t LittleEndian64(std::string_view bytes, std::size_t at) {
  return LittleEndian(bytes, at, 8);
}

}  // namespace gatepost::attachments
