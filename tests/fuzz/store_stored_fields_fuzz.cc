// An entry of a journal's list, damaged or not: it parses to fields that are written and read as
// the same again, or not at all.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/store/stored_fields.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::store;
  const auto fields = ParseStoredFields({reinterpret_cast<const char*>(data), size});
  if (!fields) return 0;
  const auto again = ParseStoredFields(FormatStoredFields(*fields));
  if (!again || *again != *fields) std::abort();
  return 0;
}
