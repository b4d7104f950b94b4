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

std::uint8_t Byte(std::string_view bytes, std::size_t at);
std::uint16_t Little16(std::string_view bytes, std::size_t at);
std::uint32_t Little32(std::string_view bytes, std::size_t at);
std::uint64_t Little64(std::string_view bytes, std::size_t at);

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
