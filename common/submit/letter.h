// Mail of our own with attachments (MIME multipart/mixed), for programs whose mail is read by
// programs. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace gatepost::submit {

struct Attachment {
  std::string media_type;  // "application/gzip"
  std::string file_name;   // printable ASCII without quotes and backslashes
  std::string bytes;
};

struct Letter {
  std::string from_name;  // shown beside the address; may be empty
  std::string from;       // plain addresses, as in a Notice
  std::string to;
  std::vector<std::string> subject;  // printable ASCII; one line each, folded as it stands
  std::string text;                  // UTF-8, for people
  std::vector<Attachment> attachments;
};

// The whole message with CRLF line ends, marked as auto-generated (RFC 3834). The same letter,
// `message_id` (local-part@domain) and time give the same bytes. kInvalid for addresses that are
// not plain, and for a subject, media type or file name that a header field cannot hold as it is.
base::Result<std::string> FormatLetter(const Letter& letter, std::string_view message_id,
                                       base::WallTime now);

}  // namespace gatepost::submit
