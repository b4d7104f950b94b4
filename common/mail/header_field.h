// One header field, as the mail server showed it. Value type; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/strings.h"

namespace gatepost::mail {

// `name` has no colon; it keeps its case and any white space before the colon. `value` is all
// that stands after the colon: the leading white space as it was sent (SMFIP_HDR_LEADSPC), folds
// as "\n" or "\r\n" followed by white space, no line end at the end. Both are bytes of unknown
// origin: 8-bit and NUL may occur.
struct HeaderField {
  std::string name;
  std::string value;

  bool Is(std::string_view other) const { return base::EqualsIgnoreCase(base::Trim(name), other); }
};

}  // namespace gatepost::mail
