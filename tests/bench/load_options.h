// The load generator's command line.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "tests/bench/load_script.h"

namespace gatepost::bench {

struct LoadOptions {
  std::string socket;
  int sessions = 1;
  long messages = 0;  // 0: as many as fit into `seconds`
  std::chrono::duration<double> seconds{5};
  double rate = 0;           // at most so many messages a second; 0: as fast as it goes
  long warm_up = 0;          // messages before anything is counted
  std::string message_file;  // "": a sample of `size` bytes
  std::size_t size = 10'000;
  Traffic traffic = Traffic::kSubmission;
  int per_connection = 20;
  int recipients = 1;  // of each message
  int users = 0;       // who log in and send in turn; 0: one, and all messages are the same
  std::vector<pid_t> pids;
  int idle = 0;  // so many sessions that do nothing, instead of load
  bool json = false;
  bool print_message = false;  // only writes the sample message
};

// The usage text on kInvalid.
base::Result<LoadOptions> ParseLoadOptions(const std::vector<std::string>& arguments);

}  // namespace gatepost::bench
