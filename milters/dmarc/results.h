// What was found, as header fields: one Authentication-Results (RFC 8601, RFC 9989), Received-SPF
// (RFC 7208 section 9.1). Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/mail/authentication_results.h"
#include "milters/dmarc/decision_policy.h"
#include "milters/dmarc/facts.h"

namespace gatepost::dmarc {

// iprev, spf (MAIL FROM and HELO), dkim (each), arc, dmarc, and our own policy properties, in this
// order. What was not looked at is left out; what could not be found out is temperror.
std::vector<mail::MethodResult> ToMethodResults(const Facts& facts, const Decision& decision);

// With the leading blank that header values need here.
std::string FormatReceivedSpf(const Facts& facts, std::string_view receiver);

}  // namespace gatepost::dmarc
