// Packets over a local SOCK_SEQPACKET socket, with a descriptor where one is passed. One to the
// milter holds several frames, as each packet costs a change of processes. Used by the scanner's
// process and by the milter. One thread at a time for each end.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace gatepost::attachments {

// Waits as the socket does. `passed` goes with the packet where it is not negative, and stays the
// caller's. kUnavailable: the other side is gone; kTimeout: it would block.
base::Result<void> SendPacket(int socket, std::span<const std::byte> bytes, int passed = -1);

struct Received {
  std::size_t size = 0;
  base::UniqueFd passed;  // the one that came with it, if any
};

// The next packet, written to `into`. kUnavailable: the other side is gone; kTimeout: there is none
// yet; kLimit: it is longer than `into`. Where a packet brings more than one descriptor, all are
// closed and it is kInvalid.
base::Result<Received> ReceivePacket(int socket, std::span<std::byte> into);

// A frame behind those that a packet holds.
void AppendFrame(std::vector<std::byte>& packet, std::span<const std::byte> frame);
// Takes the first frame out of a packet; nothing where there is no whole one.
std::optional<std::span<const std::byte>> TakeFrame(std::span<const std::byte>& packet);

}  // namespace gatepost::attachments
