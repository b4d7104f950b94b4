// Tells systemd that we are alive, as often as WatchdogSec= asks, and only when a check of our own
// socket has shown it. Owns its thread; does nothing where no watchdog is asked for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace gatepost::milter {

class Watchdog {
 public:
  explicit Watchdog(int listening_fd);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  // The socket is closed and a stop under way, bounded by its own time-out: signs of life go on
  // without a check.
  void BeginDrain();

 private:
  void Loop();
  bool Alive();

  int listening_fd_;
  std::chrono::milliseconds period_;
  bool reachable_ = true;  // of the thread alone
  std::mutex mutex_;
  std::condition_variable changed_;
  bool draining_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace gatepost::milter
