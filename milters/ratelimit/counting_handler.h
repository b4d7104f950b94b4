// One message: room is reserved at each recipient and counts when the message is accepted. What
// becomes of it without that (a refusal, a lost connection, a crash) is given back.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/accounts/account.h"
#include "common/limits/charges.h"
#include "common/limits/ledger.h"
#include "common/limits/message_charges.h"
#include "common/mail/header_field.h"
#include "common/milter/message_handler.h"
#include "milters/ratelimit/account_watch.h"
#include "milters/ratelimit/message_context.h"
#include "milters/ratelimit/message_report.h"
#include "milters/ratelimit/message_warmup.h"
#include "milters/ratelimit/reply_text.h"
#include "milters/ratelimit/sender_reputation.h"
#include "milters/ratelimit/store_budget.h"

namespace gatepost::ratelimit {

class CountingHandler final : public milter::MessageHandler {
 public:
  explicit CountingHandler(MessageContext context);
  ~CountingHandler() override;

  milter::Verdict OnRecipient(const milter::Recipient& recipient) override;
  milter::Verdict OnHeader(mail::HeaderField&& field) override;
  milter::Verdict OnBody(std::span<const std::byte> chunk) override;
  milter::Verdict OnEndOfMessage(milter::MessageEditor& editor) override;

 private:
  using Refusal = std::optional<milter::Verdict>;  // nothing: go on

  // Nobody would hear a refusal: sendmail(1) has ended, and Postfix keeps what is refused with a
  // temporary error in maildrop, trying all of it again at each new message, or bounces it.
  bool cannot_refuse() const { return context_.envelope.local_submission; }

  // At a recipient.
  Refusal CheckRecipient(const milter::Recipient& recipient);
  Refusal CheckSender();
  Refusal CheckSuspension();
  Refusal CheckWebMail();
  Refusal CheckRecipientCount();
  std::int64_t MostRecipients();
  Refusal ReserveFor(const milter::Recipient& recipient);
  WarmUpTable::Mail ToWarmUp() const;
  milter::Verdict NoteUnknown(const milter::Recipient& recipient);
  Refusal Judge(const Signals& signals);

  // At the end.
  Refusal ReserveRest();
  Refusal HoldWarmUp(milter::MessageEditor& editor);
  bool HoldLocal(milter::MessageEditor& editor) const;
  void Commit();
  bool IsNear(const Standing& standing) const;
  void AddWarning(milter::MessageEditor& editor);
  void PostWarnings();

  limits::Charges ChargesOfRecipient();
  Refusal Reserve(const limits::Charges& charges, const limits::Acquaintance& acquaintance,
                  const std::optional<WatchCall>& watch,
                  std::optional<base::Result<Signals>>& signals, limits::Outcome& outcome);
  void NoteStandings(const limits::Charges& charges, const limits::Outcome& outcome);
  milter::Verdict RefuseShortage(const limits::Charges& charges, const limits::Outcome& outcome);
  milter::Verdict Refuse(std::string_view rule, milter::Reply reply, std::string evidence);
  void Tell(std::string_view verdict);
  Addressee ToAddressee() const;
  const std::string& Reference() const;

  const MessageContext context_;
  const std::optional<accounts::Account> account_;
  const std::string sender_domain_;
  limits::Subjects subjects_;
  std::string stream_;
  bool stream_known_ = true;  // else a header may decide it
  SenderReputation reputation_;
  limits::MessageCharges message_;
  MessageWarmUp warm_up_;
  StoreBudget budget_;
  limits::Reservation reservation_;

  bool throttled_ = false;
  std::int64_t accepted_ = 0;  // recipients
  std::optional<std::int64_t> most_recipients_;
  std::int64_t bytes_ = 0;
  std::vector<mail::HeaderField> fields_;  // as far as a stream may depend on them

  MessageReport report_;
  AccountWatch watch_;
  std::string_view last_refusal_;  // defer, refuse
  bool over_ = false;              // what cannot be refused is over a limit
  bool committed_ = false;
  bool told_ = false;
};

}  // namespace gatepost::ratelimit
