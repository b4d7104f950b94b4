// Sends mail of our own over SMTP to the mail server on this host: notices with the null sender, so
// that no bounce comes back, and messages that are made already with any sender. Any thread may
// send; each call opens a connection of its own and waits at most the time that the options give.
// Called by background threads, never while a message waits.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/submit/notice.h"

namespace gatepost::submit {

struct SubmitOptions {
  std::string server = "127.0.0.1:25";     // an address and port, "[::1]:25"; not a name
  std::string host = "localhost";          // our name in EHLO and Message-ID
  std::chrono::milliseconds time{30'000};  // for the whole conversation
  bool allow_remote = false;  // a server beyond the loopback: the conversation is not encrypted
};

struct Envelope {
  std::string from;  // where bounces go; "" is the null sender
  std::string to;
};

class Submitter {
 public:
  // Throws std::invalid_argument for options that do not fit together.
  explicit Submitter(SubmitOptions options,
                     const base::Clock& clock = base::SystemClock::Instance());

  // Done when the server has taken the message. kInvalid: this notice can never go (an address, or
  // SMTPUTF8 is not offered); kPermission: refused for good (5xx); kUnavailable: refused for now
  // (4xx) or no connection; kTimeout. After kTimeout the message may still have been taken.
  base::Result<void> Send(const Notice& notice) const;
  // The same for a whole message (RFC 5322) with CRLF line ends, given as its bytes.
  base::Result<void> Deliver(const Envelope& envelope, std::string_view message) const;
  // Whether the server can be talked to now: tells its own trouble from that of one address.
  base::Result<void> Reach() const;

 private:
  SubmitOptions options_;
  const base::Clock& clock_;
};

}  // namespace gatepost::submit
