// A whole request in, a whole reply out, in memory. The only user of libcpp-httplib, which parses
// and formats and never sees a socket. Each thread has its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/http/request.h"

namespace gatepost::http {

struct Answer {
  std::string bytes;
  bool close = false;  // the connection ends after it
};

class HttplibEngine {
 public:
  explicit HttplibEngine(Handler handler);
  ~HttplibEngine();

  // `head` and `body` as FindExtent tells them. Never throws.
  Answer Serve(std::string_view head, std::string_view body) noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::http
