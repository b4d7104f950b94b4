// libopendkim as a signature engine, and the one place that says what it cannot take. Only this
// file's source includes its header.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "common/auth/signature_engine.h"

namespace gatepost::auth {

// Whether libopendkim judges such a signature as the RFCs say. It does not take U-labels (RFC
// 8616), l= (a message with text appended passes there), h= of more than its buffer or with
// DKIM-Signature among the names, and NUL octets, at which it stops reading.
bool OpendkimTakes(const DkimSignature& signature, std::span<const mail::HeaderField> fields);

// Whether the key fits into the 1,024 octets that its key look-up has, in a form that it decodes.
bool OpendkimTakes(const DkimKeyRecord& key);

// libopendkim on the signatures, each of which it takes. Null where it does not see the same
// signatures as we do: then ours has to judge.
std::unique_ptr<SignatureEngine> MakeOpendkimEngine(std::span<const mail::HeaderField> fields,
                                                    std::vector<EngineInput> signatures);

}  // namespace gatepost::auth
