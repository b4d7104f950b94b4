// Compares secrets in a time that does not tell where they differ. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace gatepost::base {

// The time depends on the length of `given` alone, which is the caller's to know.
inline bool EqualInConstantTime(std::string_view secret, std::string_view given) {
  volatile unsigned char different = secret.size() == given.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char expected = secret.empty() ? '\0' : secret[i % secret.size()];
    different = static_cast<unsigned char>(different | (expected ^ given[i]));
  }
  return different == 0;
}

}  // namespace gatepost::base
