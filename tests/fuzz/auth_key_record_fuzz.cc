// Parses a key record, and uses the key if there is one.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/auth/dkim_key_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::auth;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto record = ParseKeyRecord(text, 8192);
  if (!record) return 0;
  const std::size_t bytes = (record->key.bits() + 7) / 8;
  const bool rsa = record->key.algorithm() == KeyAlgorithm::kRsa;
  // Nobody has signed this; a key with which everything verifies would be a bug.
  const std::string signature(rsa ? bytes : 64, '\x17');
  if (record->key.bits() <= 4096 && record->key.Verify(Sha256Digest{}, signature)) std::abort();
  return 0;
}
