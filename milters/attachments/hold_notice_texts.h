// The texts of notices about held mail that are built in. Constants; any thread.
#pragma once

#include <cstddef>

#include "common/notices/templates.h"

namespace gatepost::attachments {

// In the order of the catalogue's names; a text of one's own is called held.txt or
// held-without-code.txt.
enum class HoldNoticeText : std::size_t { kHeld, kHeldWithoutCode };

// May name {account} (who reads it), {contact}, {sender}, {subject}, {attachments}; the first one
// {code} and {until}, too.
extern const notices::Catalogue kHoldNoticeCatalogue;

}  // namespace gatepost::attachments
