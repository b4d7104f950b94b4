// Asks our own socket what the mail server would ask: a connection, a milter negotiation, goodbye.
// An answer shows that the listener accepts, that libmilter's threads run and that our callbacks
// are let in: all that a message needs before the program's own code. Costs about 0.1 ms of CPU.
#pragma once

#include <chrono>

#include "common/base/result.h"

namespace gatepost::milter {

// kTimeout: no answer within `patience`; kUnavailable: our own address cannot be reached from here
// (another network namespace, a socket file out of sight), which says nothing about us.
base::Result<void> CheckOwnSocket(int listening_fd, std::chrono::milliseconds patience);

}  // namespace gatepost::milter
