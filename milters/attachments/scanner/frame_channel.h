// Frames over a local SOCK_SEQPACKET socket: one packet each, a descriptor with it where one is
// passed. Used by the scanner's process and by the milter. One thread at a time for each end.
#pragma once

#include <cstddef>
#include <span>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace gatepost::attachments {

// Waits as the socket does. `passed` goes with the frame where it is not negative, and stays the
// caller's. kUnavailable: the other side is gone; kTimeout: it would block.
base::Result<void> SendFrame(int socket, std::span<const std::byte> frame, int passed = -1);

struct Received {
  std::size_t size = 0;
  base::UniqueFd passed;  // the one that came with it, if any
};

// The next frame, written to `into`. kUnavailable: the other side is gone; kTimeout: there is none
// yet; kLimit: it is longer than `into`. Where a frame brings more than one descriptor, all are
// closed and it is kInvalid.
base::Result<Received> ReceiveFrame(int socket, std::span<std::byte> into);

}  // namespace gatepost::attachments
