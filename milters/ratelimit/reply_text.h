// What a sender is told when a limit is reached: his own users learn the limit, what was used and
// when there is room again, with the date where that is over 12 hours away; strangers learn only
// when to come back. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/limits/ledger.h"
#include "common/limits/limit.h"
#include "common/milter/verdict.h"

namespace gatepost::ratelimit {

// A limit that had no room, and how it stood.
struct Shortage {
  const limits::Limit& limit;
  std::int64_t amount = 0;  // as it applies here
  limits::ChargeOutcome outcome;
};

// Who is told, and what ends the text.
struct Addressee {
  bool own_user = false;       // logged in
  std::string_view contact;    // "": nobody is named
  std::string_view reference;  // that `gatepost explain` knows
  base::WallTime now{};
};

milter::Reply ShortageReply(const Shortage& shortage, const Addressee& addressee);
// 452 4.5.3: RFC 5321 section 4.5.3.1.10 has the client send the others in a message of their own.
milter::Reply TooManyRecipientsReply(std::int64_t most, const Addressee& addressee);
milter::Reply NeedsUserReply(const Addressee& addressee);
// 450: our own trouble, nothing to tell of.
milter::Reply NoAnswerReply(const Addressee& addressee);
// A new sending address may not send more to a provider today.
milter::Reply WarmUpReply(const Shortage& shortage, const Addressee& addressee);
milter::Reply ThrottledReply(const Shortage& shortage, const Addressee& addressee);

// "250 recipients an hour", "1,000,000 bytes in 15 minutes".
std::string DescribeAmount(std::int64_t amount, const limits::Limit& limit);
// Rounded up: "45 seconds", "12 minutes", "3 hours", "2 days".
std::string DescribeWait(std::chrono::milliseconds wait);

}  // namespace gatepost::ratelimit
