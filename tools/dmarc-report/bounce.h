// Learns from a bounce of a report which address does not want any. Reports leave with an envelope
// sender that holds a token, known to the receiver of that report and to the store alone; only mail
// to such an address is believed, so nobody can silence a stranger's reports by forging bounces.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::dmarc_report {

// 32 hex digits that nobody can guess.
std::string MakeToken();
// "reports@example.org" and a token: "reports+TOKEN@example.org"; "" for "" (the null sender).
std::string BounceAddress(const std::string& base_address, const std::string& token);
// The token in such an address, in lower case; "" where there is none.
std::string TokenOf(std::string_view address);

enum class BounceOutcome {
  kNoBounce,   // no delivery status notification
  kForged,     // not to an address of ours, or about another message
  kTemporary,  // not for good: the mail server goes on trying, or did not fail at all
  kRefused,    // the address gets no reports from now on
};
std::string_view Name(BounceOutcome outcome);

struct Bounce {
  std::string_view message;    // as it came; its first megabyte is enough
  std::string_view recipient;  // of its envelope
};

// kUnavailable or kTimeout: the store cannot be asked now.
base::Result<BounceOutcome> LearnFromBounce(const Bounce& bounce, std::chrono::seconds refusal_time,
                                            store::Store& store, const base::Clock& clock,
                                            base::Deadline deadline);

}  // namespace gatepost::dmarc_report
