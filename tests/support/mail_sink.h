// A mail server for tests of notices, with a thread of its own. Any thread may ask what it took.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"

namespace gatepost::support {

// Takes mail, one conversation after the other. Each answer that is given first is that to one
// RCPT; afterwards all recipients are fine.
class MailSink {
 public:
  struct Mail {
    std::string from;
    std::string to;
    std::string message;
  };

  explicit MailSink(std::deque<std::string> answers = {}) : answers_(std::move(answers)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    listener_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 8) != 0) {
      throw std::runtime_error("cannot listen");
    }
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~MailSink() {
    stopping_ = true;
    thread_.join();
  }

  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }
  std::vector<Mail> mails() const {
    const std::lock_guard lock(mutex_);
    return mails_;
  }
  std::vector<std::string> readers() const {
    std::vector<std::string> readers;
    for (const Mail& mail : mails()) readers.push_back(mail.to);
    return readers;
  }

  // The messages to this address.
  std::vector<std::string> To(const std::string& address) const {
    std::vector<std::string> messages;
    for (const Mail& mail : mails()) {
      if (mail.to == "<" + address + ">") messages.push_back(mail.message);
    }
    return messages;
  }

 private:
  bool Readable(int fd) const {
    pollfd polled{fd, POLLIN, 0};
    while (!stopping_) {
      if (::poll(&polled, 1, 10) > 0) return true;
    }
    return false;
  }
  void Serve() {
    while (Readable(listener_.get())) {
      const base::UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      Converse(client.get());
    }
  }
  void Converse(int client) {
    std::string unread;
    Say(client, "220 sink");
    Mail mail;
    while (auto line = Hear(client, unread, "\r\n")) {
      if (line->starts_with("MAIL FROM:")) mail.from = line->substr(10);
      if (line->starts_with("RCPT TO:")) mail.to = line->substr(8);
      Say(client, Answer(*line));
      if (line->starts_with("DATA")) {
        mail.message = Hear(client, unread, "\r\n.\r\n").value_or("");
        const std::lock_guard lock(mutex_);
        mails_.push_back(mail);
        Say(client, "250 taken");
      }
    }
  }
  std::string Answer(const std::string& line) {
    if (line.starts_with("DATA")) return "354 go";
    if (!line.starts_with("RCPT") || answers_.empty()) return "250 ok";
    std::string answer = answers_.front();
    answers_.pop_front();
    return answer;
  }
  static void Say(int client, const std::string& text) {
    const std::string line = text + "\r\n";
    ::send(client, line.data(), line.size(), MSG_NOSIGNAL);
  }
  std::optional<std::string> Hear(int client, std::string& unread, const std::string& end) const {
    std::size_t at = 0;
    while ((at = unread.find(end)) == std::string::npos) {
      std::array<char, 4096> chunk;
      if (!Readable(client)) return std::nullopt;
      const ssize_t size = ::recv(client, chunk.data(), chunk.size(), 0);
      if (size <= 0) return std::nullopt;
      unread.append(chunk.data(), static_cast<std::size_t>(size));
    }
    std::string heard = unread.substr(0, at);
    unread.erase(0, at + end.size());
    return heard;
  }

  std::deque<std::string> answers_;
  base::UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<Mail> mails_;
  std::thread thread_;
};

}  // namespace gatepost::support
