// The seccomp filter of the scanner's process: the calls that it may make. Every other one ends it,
// but for those that only look for a file, which are told that there is none to be had: the C
// library looks for conversions and time zones. Called once, by the only thread.
#pragma once

#include "common/base/result.h"

namespace gatepost::attachments {

// `socket` is the only one that may be talked to. kUnavailable: the kernel has no seccomp.
base::Result<void> LimitSystemCalls(int socket);

}  // namespace gatepost::attachments
