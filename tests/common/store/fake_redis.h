// A server on a local socket that says what a test wants instead of what Redis would.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"

namespace gatepost::store {

class FakeRedis {
 public:
  // A primary that takes writes, as the greeting asks.
  static constexpr const char* kGoodGreeting = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n+OK\r\n";

  // Answers the first bytes of each connection with `greeting`, all later ones with `answer`.
  explicit FakeRedis(std::string answer, std::string greeting = kGoodGreeting)
      : greeting_(std::move(greeting)), answer_(std::move(answer)) {
    std::string name = (std::filesystem::temp_directory_path() / "gatepost-fake-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    Listen();
    thread_ = std::thread([this] { Serve(); });
  }
  ~FakeRedis() {
    stopping_ = true;
    thread_.join();
    std::filesystem::remove_all(folder_);
  }
  std::string url() const { return "unix:" + socket(); }

 private:
  std::string socket() const { return folder_ / "redis.sock"; }

  void Listen() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
    listener_.Reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), 8) != 0) {
      throw std::runtime_error("the fake server cannot listen");
    }
  }

  bool Readable(int fd) const {
    pollfd polled{fd, POLLIN, 0};
    return ::poll(&polled, 1, 10) > 0;
  }

  void Serve() {
    while (!stopping_) {
      if (!Readable(listener_.get())) continue;
      const base::UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      Converse(client.get());
    }
  }

  void Converse(int client) const {
    std::array<char, 65536> asked;
    for (const std::string* answer = &greeting_; !stopping_; answer = &answer_) {
      while (!stopping_ && !Readable(client)) continue;
      if (stopping_ || ::recv(client, asked.data(), asked.size(), 0) <= 0) return;
      ::send(client, answer->data(), answer->size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (answer->empty()) return;  // hangs up
    }
  }

  const std::string greeting_;
  const std::string answer_;
  std::filesystem::path folder_;
  base::UniqueFd listener_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace gatepost::store
