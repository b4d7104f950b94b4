// Numbers as the bytes of foreign formats, for tests that write them. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace gatepost::support {

// So many bytes, the lowest first.
inline std::string Number(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

}  // namespace gatepost::support
