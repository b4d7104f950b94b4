#include "common/http/httplib_engine.h"

#include <httplib.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "common/log/log.h"

namespace gatepost::http {
namespace {

constexpr const char* kFailed =
    "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

// Gives the head to the library and takes the reply.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string_view head) : head_(head) {}
  std::string Take() { return std::move(reply_); }

  bool is_readable() const override { return !head_.empty(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* out, std::size_t size) override {
    const std::size_t taken = std::min(size, head_.size());
    std::memcpy(out, head_.data(), taken);
    head_.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char* bytes, std::size_t size) override {
    reply_.append(bytes, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

 private:
  std::string_view head_;
  std::string reply_;
};

Request ToRequest(const httplib::Request& from, std::string_view body) {
  Request request{from.method, from.path, {}, {}, std::string(body)};
  request.query.assign(from.params.begin(), from.params.end());
  request.headers.assign(from.headers.begin(), from.headers.end());
  return request;
}

Response CallHandler(const Handler& handler, const Request& request) noexcept {
  try {
    return handler(request);
  } catch (const std::exception& error) {
    log::Error("request_failed").With("reason", error.what());
  } catch (...) {
    log::Error("request_failed");
  }
  return {500, "text/plain", {}};
}

}  // namespace

class HttplibEngine::Impl : private httplib::Server {
 public:
  explicit Impl(http::Handler handler) : handler_(std::move(handler)) {
    // Before the library looks for routes or reads a body.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      Response made = CallHandler(handler_, ToRequest(request, body_));
      response.status = made.status;
      response.set_content(std::move(made.body), made.content_type);
      return HandlerResponse::Handled;
    });
    set_keep_alive_max_count(1'000'000);
    set_keep_alive_timeout(60);
  }

  Answer Serve(std::string_view head, std::string_view body) {
    body_ = body;
    MemoryStream stream(head);
    bool closed = false;
    const bool good = process_request(stream, false, closed, nullptr);
    Answer answer{stream.Take(), closed || !good};
    if (answer.bytes.empty()) answer = {kFailed, true};
    return answer;
  }

 private:
  http::Handler handler_;
  std::string_view body_;
};

HttplibEngine::HttplibEngine(Handler handler) : impl_(std::make_unique<Impl>(std::move(handler))) {}
HttplibEngine::~HttplibEngine() = default;

Answer HttplibEngine::Serve(std::string_view head, std::string_view body) noexcept {
  try {
    return impl_->Serve(head, body);
  } catch (...) {
    return {kFailed, true};
  }
}

}  // namespace gatepost::http
