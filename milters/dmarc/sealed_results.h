// Reads the results that a sealer wrote into ARC-Authentication-Results (RFC 8617 section 4.1.1,
// RFC 8601 section 2.2). Who wrote them is for the caller to have checked. Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "common/mail/authentication_results.h"
#include "common/mail/domain.h"

namespace gatepost::dmarc {

inline constexpr std::size_t kMaxSealedBytes = 65'536;
inline constexpr std::size_t kMaxSealedResults = 100;

// The results behind the authserv-id; method, result and the names of properties in lower case.
// Comments and reasons are left out, and so is what has no form. Nothing over kMaxSealedBytes;
// results and properties beyond kMaxSealedResults are not read. Linear.
std::vector<mail::MethodResult> ParseSealedResults(std::string_view text);

// Whether they say dmarc=pass for the author's domain, and nothing else of DMARC for it.
bool SaysDmarcPass(const std::vector<mail::MethodResult>& results, const mail::Domain& author);

// The value of the first "smtp.remote-ip" (RFC 8617 section 10.2); "" without one.
std::string_view RemoteIpOf(const std::vector<mail::MethodResult>& results);

}  // namespace gatepost::dmarc
