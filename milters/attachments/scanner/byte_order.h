// Numbers and text in the bytes of foreign formats: what lies beyond the end reads as zero, so that
// a parser need not ask before each field. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "milters/attachments/scanner/content.h"

namespace gatepost::attachments {

constexpr std::uint8_t Byte(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<std::uint8_t>(bytes[at]) : 0;
}
// `count` bytes from `at` on, the lowest first.
constexpr std::uint64_t Little(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = value << 8 | Byte(bytes, at + i);
  return value;
}
constexpr std::uint16_t Little16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(Little(bytes, at, 2));
}
constexpr std::uint32_t Little32(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(Little(bytes, at, 4));
}
constexpr std::uint64_t Little64(std::string_view bytes, std::size_t at) {
  return Little(bytes, at, 8);
}

// As much of `size` bytes from `offset` on as there is.
std::string ReadText(const Content& content, std::uint64_t offset, std::size_t size);
// What stands from `at` on: empty beyond the end, never more than `size`.
std::string_view Slice(std::string_view bytes, std::size_t at, std::size_t size);
// Up to the first NUL.
std::string_view UntilNul(std::string_view bytes);
// UTF-16 with the low byte first, up to the first NUL, as UTF-8; lone surrogates become U+FFFD.
std::string FromUtf16(std::string_view bytes);

inline std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

}  // namespace gatepost::attachments
