// A caller of an HTTP server that may send whatever it likes, byte by byte. One thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/unique_fd.h"

namespace gatepost::support {

class HttpCaller {
 public:
  // To a port of 127.0.0.1.
  explicit HttpCaller(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }

  bool connected() const { return connected_; }

  bool Send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // One reply, head and body; what there is where the server hangs up or time is up.
  std::string Reply(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!Complete() && Fill(until)) {
    }
    const std::string reply = came_.substr(0, ReplyBytes());
    came_.erase(0, reply.size());
    return reply;
  }

  std::string Ask(std::string_view request) {
    Send(request);
    return Reply();
  }

  // Whether the server hangs up in time.
  bool AwaitEnd(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (Fill(until)) {
    }
    return std::chrono::steady_clock::now() < until;
  }

 private:
  static constexpr std::string_view kLength = "Content-Length: ";

  std::size_t ReplyBytes() const {
    const std::size_t head = came_.find("\r\n\r\n");
    const std::size_t length = came_.find(kLength);
    if (head == std::string::npos || length == std::string::npos || length > head) {
      return came_.size();
    }
    return head + 4 + std::stoul(came_.substr(length + kLength.size(), 10));
  }
  bool Complete() const {
    return came_.find("\r\n\r\n") != std::string::npos && came_.size() >= ReplyBytes();
  }
  bool Fill(std::chrono::steady_clock::time_point until) {
    using std::chrono::milliseconds;
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
    std::array<char, 4096> chunk;
    const ssize_t size = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (size > 0) came_.append(chunk.data(), static_cast<std::size_t>(size));
    return size > 0;
  }

  base::UniqueFd fd_;
  bool connected_ = false;
  std::string came_;
};

}  // namespace gatepost::support
