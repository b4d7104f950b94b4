// A stream of milter frames over a socket, with a deadline on every wait. Used by MilterClient and
// by test milters. One thread at a time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "tests/support/milter_wire.h"

namespace gatepost::support {

// Connects to "unix:/path", "inet:port@host", "inet6:port@host" or, as Postfix writes it,
// "inet:host:port". Numeric addresses alone (and "localhost"); no DNS. Waits no longer than
// `timeout` for the connection; kUnavailable where nobody listens.
base::Result<base::UniqueFd> ConnectSocket(std::string_view socket,
                                           std::chrono::milliseconds timeout);

class MilterChannel {
 public:
  explicit MilterChannel(base::UniqueFd fd);

  // kTimeout when the other side does not take the bytes, kUnavailable when it is gone.
  base::Result<void> Send(std::string_view bytes, base::Deadline deadline);

  // kTimeout: nothing whole came in time; kUnavailable: the other side closed; kLimit: a frame of
  // more than 32 MiB.
  base::Result<Frame> Receive(base::Deadline deadline);

  // Waits for the other side to close; kTimeout when it keeps the connection. What it sends
  // meanwhile is dropped.
  base::Result<void> WaitForClose(base::Deadline deadline);

  // True when bytes wait to be read (now; does not wait).
  bool HasInput();

  void CloseWriting();  // half-close: the milter sees the end, we still read
  void Close();
  void Reset();  // closes with RST (TCP), so that the milter's next write fails

  int fd() const { return fd_.get(); }

 private:
  base::Result<bool> ReadSome(base::Deadline deadline);  // false at the other side's end

  base::UniqueFd fd_;
  std::string input_;
};

}  // namespace gatepost::support
