// Takes from the scanner's process all that it does not need, before it sees the first foreign
// byte: privileges, the filesystem, the network, other processes, memory without end, and every
// system call that is not on a short list. What sanitizers need beyond it is in sanitized.h.
// Called once, by the only thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "milters/attachments/scanner/scan_protocol.h"

namespace gatepost::attachments {

struct SandboxOptions {
  std::string user;             // becomes this one where it is root; "" stays
  int descriptors = 4;          // those from 0 on stay open
  std::uint64_t memory = 0;     // bytes beyond what the process has now; 0: no limit
  std::uint64_t file_size = 0;  // no file grows beyond; 0: no limit
  bool allow_unconfined = false;
  // Off by an option of tests and benchmarks alone.
  bool seccomp = true;
  bool landlock = true;
};

// What holds from now on. kPermission, with the reason: the process must not serve, as something
// that confines it failed. A kernel without Landlock is no failure; one without seccomp is, unless
// `allow_unconfined` is set.
base::Result<ScannerReady> Confine(const SandboxOptions& options);

}  // namespace gatepost::attachments
