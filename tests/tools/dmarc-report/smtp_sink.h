// An SMTP server that keeps what it takes, one connection after the other, and can fall silent at
// any step. It listens on a free port of the loopback. Any thread may ask.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"

namespace gatepost::support {

class SmtpSink {
 public:
  struct Mail {
    std::string from;
    std::string to;
    std::string content;

    // The value of a header field, folds and all; "" where there is none.
    std::string Field(const std::string& name) const;
  };

  SmtpSink();
  ~SmtpSink();
  SmtpSink(const SmtpSink&) = delete;
  SmtpSink& operator=(const SmtpSink&) = delete;

  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

  // From now on `step` gets this reply: a verb, "." (the end of a message), or an address (its
  // RCPT).
  void Reply(const std::string& step, const std::string& reply);
  // The next `step` gets no reply; the client has to hang up. A message whose "." or QUIT is held
  // was kept before.
  void HoldOnce(const std::string& step);
  // Until the client waits at the step that is held.
  bool AwaitHeld(std::chrono::milliseconds time = std::chrono::seconds(20)) const;

  std::vector<Mail> mails() const;

 private:
  void Serve();
  void Talk(int client);
  bool Answer(int client, const std::string& step, const std::string& reply);
  bool ReadLine(int client, std::string& line);
  bool ReadMessage(int client);
  bool Readable(int fd) const;
  std::string StepOf(const std::string& recipient) const;
  bool MustHold(const std::string& step);

  base::UniqueFd listener_;
  unsigned port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> held_ = false;
  std::string unread_;  // of the connection; the thread's own
  Mail mail_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, std::string> replies_;
  std::string hold_;
  std::vector<Mail> mails_;
  std::thread thread_;
};

}  // namespace gatepost::support
