// What the store or an administrator says of a file: read only where it can be written and read
// again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/hashes/hash_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::hashes;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto hash = ParseSha256(text)) {
    if (hash->size() != 64 || ParseSha256(*hash) != *hash) std::abort();
    if (hash->find_first_not_of("0123456789abcdef") != std::string::npos) std::abort();
  }
  const auto entry = ListedHash::Parse(text);
  if (!entry) return 0;
  const auto again = ListedHash::Parse(entry->Format());
  if (!again || *again != *entry) std::abort();
  return 0;
}
