// What a DKIM signature comes to (RFC 8601 section 2.7.1), one rule a function, without any I/O.
// Used by the verifier. Pure functions, any thread.
//
// Where the RFCs leave a choice: expired signatures and those from the future are "policy", because
// RFC 6376 3.5 and 6.1.1 leave their rejection to the verifier; a signature larger than our limits
// is "policy" as well; a key that is missing, revoked or not for this use is "permerror" (6.1.2). A
// signature with a syntax error is "permerror", as OpenDKIM and rspamd have it, though RFC 8601
// would let it be "neutral": the signer's mistake does not go away. t=y changes no result and is
// told as a comment: many domains forgot it in their keys.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/dkim_key_record.h"
#include "common/auth/dkim_signature.h"
#include "common/auth/dkim_verifier.h"
#include "common/auth/signature_engine.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"

namespace gatepost::auth {

struct Judgement {
  DkimResult result = DkimResult::kNone;
  std::string reason;
};

// Nothing where the rule has no objection.
std::optional<Judgement> JudgeScan(const ScannedSignature& scanned);
std::optional<Judgement> JudgeTimes(const DkimSignature& signature, const VerifierLimits& limits,
                                    base::WallTime now);
std::optional<Judgement> JudgeAnswer(dns::Status status);
std::optional<Judgement> JudgeKey(const DkimSignature& signature, const DkimKeyRecord& key,
                                  const VerifierLimits& limits);

// The last word.
Judgement JudgeCheck(const SignatureCheck& check, const VerifierLimits& limits);

// For each signature, as base64, its first 8 characters, or as many as tell it from the others
// (RFC 6008 section 3).
std::vector<std::string> DistinctPrefixes(std::span<const std::string> signatures);

}  // namespace gatepost::auth
