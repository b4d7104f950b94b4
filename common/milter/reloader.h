// Runs service.Reload() in a thread of its own, one at a time. Requests that come during a reload
// are answered by one more reload after it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/milter/service.h"

namespace gatepost::milter {

class Reloader {
 public:
  explicit Reloader(Service& service);
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;
  ~Reloader();  // waits for a running reload

  void Request();
  // No further reload begins. False when the running one is not over within `patience`.
  bool Stop(std::chrono::milliseconds patience);

 private:
  void Loop();
  void Reload();

  Service& service_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool requested_ = false;
  bool running_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace gatepost::milter
