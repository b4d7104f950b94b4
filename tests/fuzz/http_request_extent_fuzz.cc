// An extent lies within the bounds, and what is cut off there is served without harm. More bytes
// behind a request never change where it ends.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/http/httplib_engine.h"
#include "common/http/request_extent.h"

namespace {

using namespace gatepost;

void Check(bool holds) {
  if (!holds) std::abort();
}

http::Response Answer(const http::Request& request) {
  return {200, "text/plain", request.path + std::string(request.Query("command"))};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static http::HttplibEngine engine(Answer);
  const http::RequestLimits limits;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto extent = http::FindExtent(text, limits);
  if (!extent || !*extent) return 0;
  const std::size_t head = (*extent)->head_bytes;
  Check(head <= limits.head_bytes && (*extent)->body_bytes <= limits.body_bytes);
  Check(http::FindExtent(std::string(text) + "x\r\n\r\n", limits).value() == *extent);
  Check(http::FindExtent(text.substr(0, head), limits).value() == *extent);
  const auto answer = engine.Serve(text.substr(0, head), text.substr(head, (*extent)->body_bytes));
  Check(answer.bytes.starts_with("HTTP/1.1 "));
  return 0;
}
