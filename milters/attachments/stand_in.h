// The short text that stands where a part was: its header and how it is encoded. What the sender
// wrote reaches it only where it can do no harm. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/mail/header_field.h"

namespace gatepost::attachments {

struct EncodedText {
  std::string encoding;  // "7bit" or "quoted-printable": both may stand in any part and any message
  std::string body;      // lines end with CRLF, the last with nothing; none begins with "--"
};

// `text` is UTF-8; its lines end with LF, CRLF or CR.
EncodedText EncodeText(std::string_view text);

// Header and body in place of a part that had `old_header`. Its Content-ID stays, as other parts
// may refer to it, and so does what does not say what the part is: an attached message keeps its
// From. Fields that break the grammar go.
std::string PartWithText(std::string_view text, std::string_view old_header);

// A change of the message's own header; the fields as milter::MessageEditor takes them.
struct FieldChange {
  enum class Kind { kChange, kDelete, kAdd };
  Kind kind = Kind::kChange;
  std::string name;
  int instance = 0;   // 0 for kAdd
  std::string value;  // with its leading space; "" for kDelete
  friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

// Where the message as a whole becomes a text; in an order in which none moves another's instance.
std::vector<FieldChange> ChangesForText(const std::vector<mail::HeaderField>& fields,
                                        const std::string& encoding);

}  // namespace gatepost::attachments
