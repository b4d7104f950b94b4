// A message as the mail server shows it to a milter, and what becomes of it when the milter's
// changes are applied as Postfix applies them. Values, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "tests/support/milter_wire.h"

namespace gatepost::support {

// One header field. `value` is everything after the colon, leading space included, with CRLF where
// it is folded.
struct HeaderLine {
  std::string name;
  std::string value;
  friend bool operator==(const HeaderLine&, const HeaderLine&) = default;
};

struct Message {
  std::vector<HeaderLine> headers;
  std::string body;  // lines end in CRLF, except that the last may be cut

  // Reads RFC 5322 text; lines may end in LF or CRLF and are kept as CRLF. The first empty line
  // ends the headers; a line that is neither a header nor a continuation ends them, too, and
  // belongs to the body.
  static Message Parse(std::string_view text);
  std::string Format() const;

  // The value of the `instance`-th header of this name (from 1), or "" where there is none.
  std::string_view Find(std::string_view name, int instance = 1) const;
  int Count(std::string_view name) const;
};

// A change that a milter asked for at end of message.
struct Edit {
  enum class Kind {
    kAddHeader,
    kInsertHeader,
    kChangeHeader,
    kDeleteHeader,
    kReplaceBody,
    kQuarantine,
    kAddRecipient,
    kDeleteRecipient,
    kChangeFrom,
  };
  Kind kind = Kind::kAddHeader;
  std::uint32_t index = 0;  // insert: headers above it; change, delete: the instance, from 1
  std::string name;         // header name; recipient or sender of the envelope edits
  std::string value;        // as sent: folded with LF; body chunk; quarantine reason; parameters
  friend bool operator==(const Edit&, const Edit&) = default;
};

// "insert header 0 X-Test: value", for test output.
std::string Describe(const Edit& edit);

// Whether the frame is an edit at all (the other answers are verdicts).
bool IsEdit(char letter);
// kInvalid when its payload is not what the protocol asks for.
base::Result<Edit> ParseEdit(const Frame& frame);

struct ApplyOptions {
  bool leading_space = true;   // SMFIP_HDR_LEADSPC was negotiated: values carry their own space
  std::string own_received{};  // value of the mail server's own Received, which milters never see
};

// The message that Postfix would queue. Indexes count as in Postfix: an insert at 0 stands above
// the server's own Received and one at 1 below it; changes and deletions skip the first header of
// the message as it is at that moment (the own Received, until somebody inserts at 0) and renumber
// what follows; an insert past the end appends; a change of an instance that is not there adds.
Message Apply(const Message& message, const std::vector<Edit>& edits,
              const ApplyOptions& options = {});

}  // namespace gatepost::support
