// What the account of one message does, and what follows: the steps of the watch that ride in the
// limiter's round trips, the judgement of what they return, and the response. Nothing of it where
// nobody logged in or the detector is off. One message's; not thread-safe.
//
//   auto step = watch.AtRecipient(recipient, false);       // rides beside the charges
//   if (watch.Judge(signals, throttled, reference)) ...    // it may be suspended now
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/accounts/account.h"
#include "common/limits/charges.h"
#include "milters/ratelimit/detector_policy.h"
#include "milters/ratelimit/message_context.h"
#include "milters/ratelimit/message_report.h"
#include "milters/ratelimit/watch.h"

namespace gatepost::ratelimit {

class AccountWatch {
 public:
  // What is referred to outlives it. `subject`: the account's text, "user alice@example.org".
  AccountWatch(const MessageContext& context, const std::optional<accounts::Account>& account,
               const std::string& subject, MessageReport& report);

  bool watches() const;
  // The steps; nothing where it does not watch. `refused`: the mail server refused the recipient
  // (in one spelling) as unknown.
  std::optional<WatchCall> AtRecipient(const std::string& recipient, bool refused) const;
  std::optional<WatchCall> AtCommit(std::int64_t recipients) const;

  // From the first recipient's charges: what is agreed on with the account.
  void LearnTerms(const limits::Charges& charges);
  bool knows_terms() const { return raised_hourly_limit_.has_value(); }
  void NoteAccepted(const Signals& signals) { new_recipients_ += signals.new_recipient ? 1 : 0; }

  // Judges what a step returned, and does what is called for, each step once in a message.
  // `throttled`: the account is slowed down already. True where the account may be suspended now.
  bool Judge(const Signals& signals, bool throttled, const std::string& reference);

 private:
  void Act(const Assessment& assessment, bool throttled, const std::string& reference);

  const MessageContext& context_;
  const std::optional<accounts::Account>& account_;
  const std::string& subject_;
  MessageReport& report_;
  Whereabouts where_;
  std::optional<std::int64_t> raised_hourly_limit_;
  std::int64_t new_recipients_ = 0;
  bool usual_ = true;  // nothing suspicious so far
  Step acted_ = Step::kNone;
};

}  // namespace gatepost::ratelimit
