// Where a request ends in the bytes that came, before anybody parses it. Pure functions; any
// thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "common/base/result.h"

namespace gatepost::http {

struct RequestLimits {
  std::size_t line_bytes = std::size_t{2} * 1024;  // the request line
  std::size_t head_bytes = std::size_t{16} * 1024;
  std::size_t headers = 64;
  std::size_t body_bytes = std::size_t{64} * 1024;
};

struct RequestExtent {
  std::size_t head_bytes = 0;  // the empty line included
  std::size_t body_bytes = 0;
  friend bool operator==(const RequestExtent&, const RequestExtent&) = default;
};

// Of the request at the beginning of `received`; nothing while its head is not whole. kLimit: more
// than the limits allow; kInvalid: no HTTP/1 request, or one whose end cannot be told for certain
// (two lengths, a transfer coding).
base::Result<std::optional<RequestExtent>> FindExtent(std::string_view received,
                                                      const RequestLimits& limits);

}  // namespace gatepost::http
