// A clamd that does what a test says: accepts on loopback or a local socket, reads a stream and
// answers, or does neither. Its thread ends with it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include "common/base/unique_fd.h"

namespace gatepost::attachments {

// One connection, seen from clamd.
class ClamdPeer {
 public:
  ClamdPeer(int fd, const std::atomic<bool>& stopping) : fd_(fd), stopping_(stopping) {}

  // False at the end of what comes, or of the test.
  bool ReadExactly(std::size_t size, std::string& into) {
    into.clear();
    while (into.size() < size) {
      if (!Await()) return false;
      std::string piece(size - into.size(), '\0');
      const ssize_t got = ::recv(fd_, piece.data(), piece.size(), 0);
      if (got <= 0) return false;
      into.append(piece, 0, static_cast<std::size_t>(got));
    }
    return true;
  }
  // Without the NUL at its end.
  std::string ReadCommand() {
    std::string command;
    for (std::string letter; ReadExactly(1, letter) && letter[0] != '\0';) command += letter;
    return command;
  }
  // The command, then all chunks until the empty one.
  std::string ReadStream() { return ReadCommand() == "zINSTREAM" ? ReadChunks() : "?"; }
  std::string ReadChunks() {
    std::string stream;
    for (std::string length, chunk; ReadExactly(4, length);) {
      std::uint32_t size = 0;
      std::memcpy(&size, length.data(), 4);
      size = ntohl(size);
      if (size == 0 || !ReadExactly(size, chunk)) break;
      stream += chunk;
    }
    return stream;
  }
  void Say(const std::string& text) { ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  // Until the client hangs up or the test ends.
  void Hang() {
    std::string unread;
    while (ReadExactly(1, unread)) {
    }
  }
  // Reads nothing until the test ends.
  void Sleep() {
    while (!stopping_) ::poll(nullptr, 0, 5);
  }

 private:
  bool Await() {
    while (!stopping_) {
      pollfd watched{fd_, POLLIN, 0};
      if (::poll(&watched, 1, 10) > 0) return true;
    }
    return false;
  }
  int fd_;
  const std::atomic<bool>& stopping_;
};

class FakeClamd {
 public:
  using Serve = std::function<void(ClamdPeer&)>;

  // With a path on a local socket, else on a port of 127.0.0.1.
  explicit FakeClamd(Serve serve, const std::string& path = "") : serve_(std::move(serve)) {
    listener_ =
        base::UniqueFd(::socket(path.empty() ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const bool bound = path.empty() ? BindPort() : BindPath(path);
    if (!bound || ::listen(listener_.get(), 16) != 0) throw std::runtime_error("no fake clamd");
    thread_ = std::thread([this] { Run(); });
  }
  FakeClamd(const FakeClamd&) = delete;
  FakeClamd& operator=(const FakeClamd&) = delete;
  ~FakeClamd() {
    stopping_ = true;
    thread_.join();
  }
  const std::string& server() const { return server_; }
  int connections() const { return connections_; }

 private:
  bool BindPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), generic, size) != 0) return false;
    if (::getsockname(listener_.get(), generic, &size) != 0) return false;
    server_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    return true;
  }
  bool BindPath(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    server_ = "unix:" + path;
    return ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  void Run() {
    while (!stopping_) {
      pollfd watched{listener_.get(), POLLIN, 0};
      if (::poll(&watched, 1, 10) <= 0) continue;
      const base::UniqueFd fd(::accept(listener_.get(), nullptr, nullptr));
      ++connections_;
      ClamdPeer peer(fd.get(), stopping_);
      serve_(peer);
    }
  }

  const Serve serve_;
  std::string server_;
  base::UniqueFd listener_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

}  // namespace gatepost::attachments
