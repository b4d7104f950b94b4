// What is kept of a suspension under its reference, long after the journal has forgotten it: the
// event itself, then what the account sent before. Any thread; each call returns by its deadline.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/accounts/suspensions.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::accounts {

inline constexpr std::size_t kMostEvidence = 2'000;  // entries of one reference
inline constexpr std::chrono::hours kKeepEvidence{24 * 90};

// What such an event is called: "account_suspended", "account_throttled".
std::string_view EventKind(Suspension::Level level);

// The event, with the fields time (Unix ms), kind, account, by and text. Called by whoever suspends
// an account, so that it is there on a site that does not look for stolen accounts, too. Both calls
// do nothing where there is no reference.
base::Result<void> KeepEvent(store::Store& store, const std::string& account,
                             const Suspension& suspension, base::Deadline deadline);

// The account's messages of the last days, copied from the journal, the oldest first.
base::Result<void> KeepMessages(store::Store& store, const std::string& account,
                                const std::string& reference, base::Deadline deadline);

}  // namespace gatepost::accounts
