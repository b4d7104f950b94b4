// A real program as a child of the test: started with its output in a log file, awaited, signalled,
// stopped by its pid. The kernel kills it when the thread that started it dies, so nothing outlives
// a crashed test. One thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace gatepost::support {

class Program {
 public:
  // Runs `command` (its first word is a path); standard output and error are appended to `log`.
  static base::Result<Program> Start(const std::vector<std::string>& command,
                                     const std::filesystem::path& log);

  Program(Program&& other) noexcept;
  Program& operator=(Program&& other) noexcept;
  ~Program();  // kills it where it still runs

  pid_t pid() const { return pid_; }

  // Until the socket takes connections. kUnavailable, with the end of the log, when the program
  // ends first; kTimeout after `timeout`.
  base::Result<void> WaitForSocket(std::string_view socket,
                                   std::chrono::milliseconds timeout = std::chrono::seconds(20));

  // The exit status, or 128 + the signal that ended it; kTimeout where it still runs.
  base::Result<int> WaitForExit(std::chrono::milliseconds timeout);

  void Signal(int signal) const;

  // SIGTERM, then WaitForExit; SIGKILL and kTimeout where that takes longer than `timeout`.
  base::Result<int> Stop(std::chrono::milliseconds timeout = std::chrono::seconds(20));

  std::string Log() const;

  // Asks `done` about the log until it says yes, the program ends, or time is up; the last answer.
  template <class Done>
  bool WaitForLog(Done done, std::chrono::milliseconds timeout = std::chrono::seconds(5)) {
    const base::Deadline deadline = std::chrono::steady_clock::now() + timeout;
    while (!done(Log())) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      if (!RunsFor(kPollInterval)) return done(Log());
    }
    return true;
  }

 private:
  static constexpr std::chrono::milliseconds kPollInterval{5};

  Program(pid_t pid, std::filesystem::path log);
  bool RunsFor(std::chrono::milliseconds time);  // waits; false when it has ended meanwhile

  pid_t pid_ = -1;
  base::UniqueFd pidfd_;
  std::filesystem::path log_;
  std::optional<int> status_;
};

// Runs a command to its end and returns its exit status.
base::Result<int> RunToEnd(const std::vector<std::string>& command,
                           const std::filesystem::path& log,
                           std::chrono::milliseconds timeout = std::chrono::seconds(30));

// The whole file, or "" where it cannot be read.
std::string ReadWholeFile(const std::filesystem::path& path);

}  // namespace gatepost::support
