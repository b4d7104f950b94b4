// One connection to an SMTP server: commands out, replies in, all before one deadline. Used by
// submitter.cc; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/submit/smtp_reply.h"

namespace gatepost::submit {

struct Endpoint {
  base::IpAddress address;
  std::uint16_t port = 0;
  // "127.0.0.1:25" or "[::1]:25".
  static base::Result<Endpoint> Parse(std::string_view text);
};

class SmtpConversation {
 public:
  static base::Result<SmtpConversation> Open(const Endpoint& server, base::Deadline deadline);

  // A reply of the class `wanted` (2 for 2yz). One that refuses is kUnavailable (4yz) or
  // kPermission (5yz), with the command's name and the server's words; any other is kInvalid.
  base::Result<SmtpReply> Await(std::string_view command, int wanted = 2);
  // Sends the line and awaits its reply.
  base::Result<SmtpReply> Say(const std::string& line, int wanted = 2);
  // Sends a message with its dots stuffed (RFC 5321 section 4.5.2) and the final dot.
  base::Result<SmtpReply> SendMessage(std::string_view message);

 private:
  SmtpConversation(base::UniqueFd fd, base::Deadline deadline)
      : fd_(std::move(fd)), deadline_(deadline) {}
  base::Result<void> WaitFor(short events) const;
  base::Result<void> SendAll(std::string_view bytes) const;
  base::Result<void> Receive();
  static base::Error Refusal(std::string_view command, const SmtpReply& reply);

  base::UniqueFd fd_;
  base::Deadline deadline_;
  SmtpReplyReader reader_;
};

}  // namespace gatepost::submit
