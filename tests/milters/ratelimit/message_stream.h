// Ordinary mail of several users that goes on while something else happens: each message of three
// recipients on one of a few connections, and how long each took.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/milters/ratelimit/ratelimit_hosts.h"

namespace gatepost::ratelimit {

class MessageStream {
 public:
  static constexpr int kUsers = 6;
  static std::string User(int number) {
    return "user" + std::to_string(number % kUsers) + "@example.org";
  }

  struct Pace {
    int clients = 2;
    std::chrono::milliseconds pause{8};  // after each message
  };
  struct Figures {
    int messages = 0;
    int lost = 0;  // did not pass, or without an answer
    double median_ms = 0;
    double slowest_ms = 0;
  };

  MessageStream(const RatelimitHosts& hosts, const std::string& host, Pace pace) : pace_(pace) {
    for (int i = 0; i < pace.clients; ++i) {
      threads_.emplace_back([this, i, client = hosts.Client(host)]() mutable { Send(client, i); });
    }
  }
  ~MessageStream() { End(); }

  void End() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // Of the messages since it was asked last.
  Figures Take() {
    std::vector<double> times;
    Figures figures;
    {
      const std::lock_guard lock(mutex_);
      times.swap(times_ms_);
      std::swap(figures.lost, lost_);
    }
    figures.messages = static_cast<int>(times.size()) + figures.lost;
    if (times.empty()) return figures;
    std::ranges::sort(times);
    figures.median_ms = times[times.size() / 2];
    figures.slowest_ms = times.back();
    return figures;
  }

  void AwaitMessages(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (times_ms_.size() + static_cast<std::size_t>(lost_) >= count) return;
      }
      if (std::chrono::steady_clock::now() > deadline) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

 private:
  void Send(support::MilterClient& client, int number) {
    const support::Message message{{{"From", " alice@example.org"}}, "Hello\r\n"};
    for (int i = 0; !stopping_; ++i) {
      const std::string user = User(number * 3 + i);
      client.SetMacro("{auth_authen}", user);
      const support::Envelope envelope{
          "<" + user + ">", {}, {"<a@example.net>", "<b@example.net>", "<c@example.net>"}};
      const auto start = std::chrono::steady_clock::now();
      const auto outcome = client.Send(envelope, message);
      Note(outcome && outcome->reply.GoesOn(), std::chrono::steady_clock::now() - start);
      std::this_thread::sleep_for(pace_.pause);
    }
  }

  void Note(bool passed, std::chrono::duration<double, std::milli> time) {
    const std::lock_guard lock(mutex_);
    if (!passed) ++lost_;
    if (passed) times_ms_.push_back(time.count());
  }

  const Pace pace_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::vector<double> times_ms_;
  int lost_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace gatepost::ratelimit
