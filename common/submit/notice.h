// Mail of our own: a notice to a user or an administrator, and its form as a message (RFC 5322,
// MIME). Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace gatepost::submit {

struct Notice {
  std::string from_name;  // shown beside the address; may be empty
  std::string from;       // addresses: local-part@domain, without display name or brackets
  std::string to;
  std::string subject;
  std::string text;  // UTF-8; lines end in LF or CRLF
};

// An address that may stand between "<" and ">" and in a header field: one "@", at most 254 bytes,
// no controls, spaces, quotes, brackets or commas.
bool IsPlainAddress(std::string_view address);
// Holds bytes beyond ASCII, so only a server with SMTPUTF8 (RFC 6531) can take it.
bool NeedsUtf8(const Notice& notice);

// The whole message with CRLF line ends, at most 78 bytes a header line (addresses aside) and 998
// a body line, marked as auto-generated (RFC 3834). `message_id` is local-part@domain. kInvalid
// for addresses that are not plain. Whatever the other fields hold, no header comes from them.
base::Result<std::string> FormatNotice(const Notice& notice, std::string_view message_id,
                                       base::WallTime now);

}  // namespace gatepost::submit
