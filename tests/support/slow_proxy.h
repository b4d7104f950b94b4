// Stands between a program and a server on local sockets: questions pass at once, answers as late
// as the test wants. Any thread may change the delay.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <list>
#include <string>
#include <thread>

#include "common/base/clock.h"
#include "common/base/unique_fd.h"
#include "tests/support/temp_folder.h"

namespace gatepost::support {

class SlowProxy {
 public:
  // Throws std::runtime_error where it cannot listen.
  explicit SlowProxy(std::string server_socket);
  ~SlowProxy();

  std::string socket() const { return folder_.path() / "proxy.sock"; }
  std::string url() const { return "unix:" + socket(); }
  // Of answers that come from now on.
  void SetDelay(std::chrono::milliseconds delay) { delay_ = delay; }

 private:
  struct Answer {
    base::SteadyTime due;
    std::string bytes;
  };
  struct Pair {
    base::UniqueFd client;
    base::UniqueFd server;
    std::deque<Answer> answers;
    bool open = true;
  };

  void Run();
  void Wait();
  void Accept();
  void Serve(Pair& pair);

  const TempFolder folder_;
  const std::string server_socket_;
  base::UniqueFd listener_;
  std::list<Pair> pairs_;
  std::atomic<std::chrono::milliseconds> delay_{std::chrono::milliseconds(0)};
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace gatepost::support
