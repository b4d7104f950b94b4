// A connection to clamd: every wait is taken from what its owner still may wait. Used by
// clamd_client.cc. One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/submit/smtp_conversation.h"

namespace gatepost::attachments {

struct ClamdAddress {
  std::string path;                            // of a local socket; "" where it is the other
  std::optional<submit::Endpoint> endpoint{};  // an address and port
  // "unix:/run/clamav/clamd.ctl", "127.0.0.1:3310" or "[::1]:3310".
  static base::Result<ClamdAddress> Parse(std::string_view text);
};

class ClamdSocket {
 public:
  using Left = std::chrono::nanoseconds;

  // kUnavailable, with the reason; kTimeout once nothing is `left`.
  static base::Result<ClamdSocket> Connect(const ClamdAddress& address, Left& left);
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
