// How scanner processes are started and what they may take. A value; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace gatepost::attachments {

struct ScannerOptions {
  // The scanner's program; "": gatepost-attachment-scanner in the folder of this program.
  std::string program;
  std::size_t processes = 0;  // at once; 0: as many as there are processors
  // The account that they run as where the milter is root; "": the milter's own.
  std::string user;
  // Where containers within containers are unpacked, in files without a name.
  std::string scratch_folder = "/tmp";
  std::size_t scratch_files = 10;             // for each process: so deep is looked into
  std::uint64_t scratch_bytes = 64ull << 20;  // most that one of them takes
  std::uint64_t memory_bytes = 48ull << 20;   // for each process, beyond what it begins with
  std::chrono::milliseconds time{10'000};     // by the wall clock, for one file
  std::size_t requests = 5'000;               // then a process is replaced by a fresh one
  std::uint32_t worn_kilobytes = 16 * 1'024;  // also once it grew by so much
  // Serves where the kernel has no seccomp. Then only what else confines holds.
  bool allow_unconfined = false;
  // For benchmarks and tests, with allow_unconfined; no options of the program.
  bool seccomp = true;
  bool landlock = true;
};

}  // namespace gatepost::attachments
