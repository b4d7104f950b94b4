// An SMTP server's replies (RFC 5321 section 4.2), read with bounds. Used by submitter.h; one
// thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gatepost::submit {

struct SmtpReply {
  int code = 0;                    // 200 to 599
  std::vector<std::string> lines;  // the text of each line, without its code

  // One of EHLO's lines after the first names this keyword.
  bool Offers(std::string_view keyword) const;
};

class SmtpReplyReader {
 public:
  static constexpr std::size_t kMaxLineBytes = 2'048;  // four times what RFC 5321 allows
  static constexpr std::size_t kMaxLines = 128;

  void Feed(std::string_view bytes) { unread_ += bytes; }
  // The next whole reply, or nothing before more bytes come. kInvalid: not SMTP, or beyond the
  // bounds; the connection is then of no more use.
  base::Result<std::optional<SmtpReply>> Next();

 private:
  // False when the line is no reply line, or none of this reply.
  bool TakeLine(std::string_view line, bool& last);

  std::string unread_;
  SmtpReply partial_;
};

}  // namespace gatepost::submit
