// Parses a private key file; a key that is accepted can sign.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/auth/private_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::auth;
  const auto key = PrivateKey::ParsePem({reinterpret_cast<const char*>(data), size});
  if (key && !key->Sign(Sha256Digest{})) std::abort();
  return 0;
}
