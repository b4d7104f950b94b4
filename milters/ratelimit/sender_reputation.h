// What is remembered of who sends one message: of its client, and of its stream where a user logged
// in. Limits depend on both; what the message does is told of them. An unproven sender's stream has
// no standing, or anybody could ruin it. One message's; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/accounts/account.h"
#include "common/base/ip_address.h"
#include "common/limits/charges.h"
#include "common/limits/limit.h"
#include "common/reputation/reputation.h"
#include "milters/ratelimit/message_context.h"
#include "milters/ratelimit/message_report.h"
#include "milters/ratelimit/store_budget.h"

namespace gatepost::ratelimit {

class SenderReputation {
 public:
  // `context` and `account` outlive it. `client`: none where many share its address.
  SenderReputation(const MessageContext& context, const std::optional<accounts::Account>& account,
                   const base::IpAddress& client);

  // Once the message's stream is known ("" for none); what happened before is told of it now.
  void SetStream(const std::string& stream);
  // Reads what limits depend on and was not read yet: at most one round trip, and none for what
  // this process read within a minute.
  void Look(StoreBudget& budget);
  const limits::Scores& scores() const { return scores_; }

  void NoteUnknownRecipient();
  // One without room refused a recipient or the message.
  void NoteShortage(const limits::Limit& limit);
  void NoteAccepted(std::int64_t recipients);
  void Describe(MessageReport& report) const;

 private:
  bool enabled() const { return context_.configuration->options.reputation.enabled; }
  void TellClient(reputation::EventKind event);
  void TellStream(reputation::EventKind event, std::int64_t times = 1);

  const MessageContext& context_;
  const std::optional<accounts::Account>& account_;
  const base::IpAddress client_;
  std::string stream_name_;
  std::optional<reputation::Subject> stream_;
  limits::Scores scores_;
  bool looked_at_client_ = false;
  bool looked_at_stream_ = false;
  bool told_shortage_ = false;
  std::int64_t unknown_before_ = 0;  // while the stream was open
};

}  // namespace gatepost::ratelimit
