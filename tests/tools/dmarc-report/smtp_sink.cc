#include "tests/tools/dmarc-report/smtp_sink.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace gatepost::support {
namespace {

std::string Verb(const std::string& line) { return line.substr(0, line.find_first_of(" :")); }

std::string BetweenBrackets(const std::string& line) {
  const std::size_t open = line.find('<');
  return open == std::string::npos ? "" : line.substr(open + 1, line.find('>') - open - 1);
}

}  // namespace

std::string SmtpSink::Mail::Field(const std::string& name) const {
  const std::size_t begin = content.find("\r\n" + name + ": ");
  if (begin == std::string::npos) return "";
  const std::size_t value = begin + name.size() + 4;
  std::size_t end = content.find("\r\n", value);
  while (content.compare(end + 2, 1, " ") == 0) end = content.find("\r\n", end + 2);
  return content.substr(value, end - value);
}

SmtpSink::SmtpSink() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_.get(), 16) != 0) {
    throw std::runtime_error("cannot listen");
  }
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

SmtpSink::~SmtpSink() {
  stopping_ = true;
  thread_.join();
}

void SmtpSink::Reply(const std::string& step, const std::string& reply) {
  const std::lock_guard lock(mutex_);
  replies_[step] = reply;
}

void SmtpSink::HoldOnce(const std::string& step) {
  const std::lock_guard lock(mutex_);
  hold_ = step;
  held_ = false;
}

bool SmtpSink::AwaitHeld(std::chrono::milliseconds time) const {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (!held_ && std::chrono::steady_clock::now() < deadline) ::poll(nullptr, 0, 5);
  return held_;
}

std::vector<SmtpSink::Mail> SmtpSink::mails() const {
  const std::lock_guard lock(mutex_);
  return mails_;
}

std::string SmtpSink::StepOf(const std::string& recipient) const {
  const std::lock_guard lock(mutex_);
  return replies_.contains(recipient) ? recipient : "RCPT";
}

bool SmtpSink::MustHold(const std::string& step) {
  const std::lock_guard lock(mutex_);
  if (hold_ != step) return false;
  hold_.clear();
  return true;
}

bool SmtpSink::Readable(int fd) const {
  pollfd polled{fd, POLLIN, 0};
  while (!stopping_) {
    if (::poll(&polled, 1, 10) > 0) return true;
  }
  return false;
}

void SmtpSink::Serve() {
  while (Readable(listener_.get())) {
    const base::UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    unread_.clear();
    if (client) Talk(client.get());
  }
}

void SmtpSink::Talk(int client) {
  std::string line;
  if (!Answer(client, "connect", "220 sink")) return;
  while (ReadLine(client, line)) {
    const std::string verb = Verb(line);
    if (verb == "MAIL") mail_ = {BetweenBrackets(line), "", ""};
    if (verb == "RCPT") mail_.to = BetweenBrackets(line);
    std::string reply = verb == "QUIT" ? "221 bye" : verb == "DATA" ? "354 go" : "250 ok";
    if (verb == "EHLO") reply = "250-sink\r\n250 SMTPUTF8";
    if (!Answer(client, verb == "RCPT" ? StepOf(mail_.to) : verb, reply) || verb == "QUIT") return;
    if (verb == "DATA" && !ReadMessage(client)) return;
  }
}

bool SmtpSink::ReadMessage(int client) {
  std::string line;
  while (ReadLine(client, line) && line != ".") {
    mail_.content += (line.starts_with('.') ? line.substr(1) : line) + "\r\n";
  }
  if (line != ".") return false;
  {
    const std::lock_guard lock(mutex_);
    if (!replies_.contains(".")) mails_.push_back(mail_);
  }
  return Answer(client, ".", "250 kept");
}

bool SmtpSink::Answer(int client, const std::string& step, const std::string& reply) {
  if (MustHold(step)) {
    held_ = true;
    std::array<char, 4096> ignored;
    while (Readable(client) && ::recv(client, ignored.data(), ignored.size(), 0) > 0) continue;
    return false;
  }
  std::string text = reply;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = replies_.find(step); found != replies_.end()) text = found->second;
  }
  text += "\r\n";
  return ::send(client, text.data(), text.size(), MSG_NOSIGNAL) > 0;
}

bool SmtpSink::ReadLine(int client, std::string& line) {
  std::size_t end = 0;
  while ((end = unread_.find("\r\n")) == std::string::npos) {
    std::array<char, 65536> chunk;
    if (!Readable(client)) return false;
    const ssize_t size = ::recv(client, chunk.data(), chunk.size(), 0);
    if (size <= 0) return false;
    unread_.append(chunk.data(), static_cast<std::size_t>(size));
  }
  line = unread_.substr(0, end);
  unread_.erase(0, end + 2);
  return true;
}

}  // namespace gatepost::support
