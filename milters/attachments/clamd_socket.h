// A connection to clamd: every wait is taken from what its owner still may wait. Used by
// clamd_client.cc. One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.h"
#include "common/base/socket_address.h"
#include "common/base/unique_fd.h"

namespace gatepost::attachments {

// "unix:/run/clamav/clamd.ctl", "127.0.0.1:3310" or "[::1]:3310".
base::Result<base::SocketAddress> ParseClamdAddress(std::string_view text);

class ClamdSocket {
 public:
  using Left = std::chrono::nanoseconds;

  // kUnavailable, with the reason; kTimeout once nothing is `left`.
  static base::Result<ClamdSocket> Connect(const base::SocketAddress& address, Left& left);
  // kUnavailable: it hung up, and may have left an answer.
  base::Result<void> Send(std::span<const std::byte> bytes, Left& left);
  // One answer, without its final NUL.
  base::Result<std::string> Receive(Left& left);

 private:
  explicit ClamdSocket(base::UniqueFd fd) : fd_(std::move(fd)) {}
  base::Result<void> Await(short events, Left& left) const;
  base::UniqueFd fd_;
};

}  // namespace gatepost::attachments
