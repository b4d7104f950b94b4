// How DKIM results read in an Authentication-Results field (RFC 8601 section 2.7.1, RFC 6008) and
// in a log line. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/auth/dkim_verifier.h"
#include "common/mail/authentication_results.h"

namespace gatepost::auth {

// One method result per signature; "dkim=none" where there was no signature.
std::vector<mail::MethodResult> ToMethodResults(const std::vector<DkimSignatureResult>& results);

// "pass d=example.org s=s2026 a=rsa-sha256; fail d=..." for logs and records.
std::string Summarize(const std::vector<DkimSignatureResult>& results);

}  // namespace gatepost::auth
