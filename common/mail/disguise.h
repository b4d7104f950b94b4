// Finds addresses in text that people see instead of the address: display names and comments.
// Used by the address list's parser. Pure functions, any thread.
#pragma once

#include <string_view>

#include "common/mail/address.h"

namespace gatepost::mail {

// Whether `shown`, a display name or a comment as it stands in the field, reads as holding a mail
// address other than `own`: in plain, with backslashes, in encoded words, or with a wide "@".
bool HoldsAddress(std::string_view shown, const Address* own = nullptr);

}  // namespace gatepost::mail
