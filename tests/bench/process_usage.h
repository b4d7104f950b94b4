// What processes have used so far, from /proc. Linux. Pure readings, any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace gatepost::bench {

struct ProcessUsage {
  double cpu_ms = 0;                    // user and system time of all threads, also ended ones
  std::int64_t voluntary_switches = 0;  // of the threads that live
  std::int64_t resident_kb = 0;
  std::int64_t peak_resident_kb = 0;  // since start, or since ResetPeak
  int threads = 0;
};

// The sum over the processes; one that is gone counts nothing.
ProcessUsage ReadUsage(const std::vector<pid_t>& pids);

// Makes the peak start anew from what is resident now (needs the right to write clear_refs).
void ResetPeak(const std::vector<pid_t>& pids);

}  // namespace gatepost::bench
