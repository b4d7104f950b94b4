// Any Content-Type or Content-Disposition: bounded readings, all in UTF-8.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/mime/charset.h"
#include "common/mime/parameters.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::mime;
  const auto value = ParseStructuredValue({reinterpret_cast<const char*>(data), size});
  if (value.parameters.size() > kMostParameters) std::abort();
  for (const char* const name : {"filename", "name"}) {
    const auto names = Readings(value, name);
    if (names.size() > kMostNames) std::abort();
    for (const auto& reading : names) {
      if (!IsUtf8(reading)) std::abort();
    }
  }
  RawReadings(value, "boundary");
  return 0;
}
