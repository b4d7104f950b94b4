// What follows from charges and how the ledger found them. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/limits/charges.h"
#include "common/limits/ledger.h"
#include "common/limits/limit.h"
#include "milters/ratelimit/reply_text.h"

namespace gatepost::ratelimit {

struct LongestShortage {
  Shortage shortage;
  std::string subject;
};

// Of several enforced limits without room the one that takes longest to have some: before it
// nothing passes. It refers to the charges' limit.
std::optional<LongestShortage> FindLongestShortage(const limits::Charges& charges,
                                                   const limits::Outcome& outcome);

// The most recipients within an hour, where exceptions let the account send more than others: it
// is then expected to. 0: it is like all others.
std::int64_t RaisedHourlyLimit(const limits::Charges& charges);

// One more limit, for one message of an account that is slowed down. `throttle` outlives `charges`.
void AddThrottle(const limits::Limit& throttle, const std::string& user_subject,
                 limits::Charges& charges);

}  // namespace gatepost::ratelimit
