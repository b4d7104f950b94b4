// Runs one program for a request: no shell, a clean environment, a time limit, a bounded output.
// One thread.
#pragma once

#include <chrono>
#include <string>

#include "common/base/result.h"
#include "tools/privileged/verb_policy.h"

namespace gatepost::privileged {

inline constexpr std::size_t kMaxOutputBytes = 16'384;

// What ended, and how. Its stdout and stderr are one text.
struct Ended {
  int status = 0;      // of exit, or 128 + the signal that killed it
  std::string output;  // the first kMaxOutputBytes
};

// Where a program reads from and writes to.
struct Streams {
  int input = -1;   // -1: it reads nothing
  int output = -1;  // -1: its stdout is part of Ended::output
  std::size_t most_bytes =
      0;  // that it may make a file of; it dies of more. 0: as many as it likes
};

// kPermission: the file is no program that only root can change. kTimeout: it was killed, with all
// that it started and that stayed in its process group. kInternal: it could not be started.
base::Result<Ended> RunProgram(const std::vector<std::string>& argv,
                               std::chrono::milliseconds time_limit, const Streams& streams = {});

// Runs it and judges it. The message of a failure tells the program's last line.
base::Result<void> RunCommand(const Command& command, std::chrono::milliseconds time_limit,
                              const Streams& streams = {});

}  // namespace gatepost::privileged
