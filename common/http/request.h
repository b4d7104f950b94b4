// A request and its reply, as programs see them. Values.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/strings.h"

namespace gatepost::http {

struct Request {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::string method;  // "POST"
  std::string path;    // decoded, without the query
  Pairs query;         // decoded
  Pairs headers;
  std::string body;

  // The first value; "" where there is none.
  std::string_view Query(std::string_view name) const {
    for (const auto& [key, value] : query) {
      if (key == name) return value;
    }
    return {};
  }
  std::string_view Header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (base::EqualsIgnoreCase(key, name)) return value;
    }
    return {};
  }
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain";
  std::string body;
};

// Called by several threads at once. What it throws becomes a 500.
using Handler = std::function<Response(const Request&)>;

}  // namespace gatepost::http
