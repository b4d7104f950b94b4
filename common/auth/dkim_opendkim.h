// libopendkim as a signature engine, and the one place that says what it cannot take: there it
// gives no check, and our own engine has the word. Only this file's source includes its header.
//
// It is not shown signatures
// - with U-labels (RFC 8616), which it drops;
// - with l=, because a message with text appended passes there;
// - with h= longer than its buffer, or with DKIM-Signature among the names.
// It is not believed, once all was seen,
// - where a CR or, in the body, an LF stands alone: it drops or converts them, so altered mail
//   would pass;
// - where a signed field holds NUL, at which it stops reading, a line end that is no fold, VT or
//   FF, which it takes for white space, or has white space before its colon;
// - where the body has no last line end, which it refuses to add;
// - with keys of more than the 1,024 octets that its key look-up has;
// - when it lists other signatures than it was shown.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "common/auth/signature_engine.h"

namespace gatepost::auth {

// As MakeOwnEngine.
std::unique_ptr<SignatureEngine> MakeOpendkimEngine(std::span<const mail::HeaderField> fields,
                                                    const std::vector<EngineInput>& signatures);

}  // namespace gatepost::auth
