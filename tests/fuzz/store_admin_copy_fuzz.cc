// A copy on disk, damaged or not: it parses to what writes the same bytes again up to order, or
// not at all.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/store/admin_copy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gatepost::store::AdminCopy;
  const auto copy = AdminCopy::Parse({reinterpret_cast<const char*>(data), size});
  if (copy && AdminCopy::Parse(copy->Format()).value() != *copy) std::abort();
  // The checksum keeps most inputs out, so make a right one from the same bytes.
  AdminCopy made;
  const std::string text(reinterpret_cast<const char*>(data), size);
  made.fields[text.substr(0, size / 2)] = text.substr(size / 2);
  made.unsent[text.substr(0, size / 3)] = text.substr(size / 3);
  made.unsent["lifted" + text] = std::nullopt;
  if (AdminCopy::Parse(made.Format()).value() != made) std::abort();
  return 0;
}
