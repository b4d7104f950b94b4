// For mail of our own users and hosts: removes fields that speak in our name, and judges nothing,
// because such mail is on its way out.
#pragma once

#include "common/milter/forged_results.h"
#include "common/milter/message_handler.h"
#include "common/milter/stale_fields.h"
#include "milters/dmarc/message_context.h"

namespace gatepost::dmarc {

// Whether the message's sender is known to the mail server and exempt by option.
bool IsExempt(const Exemptions& exempt, const milter::Connection& connection,
              const milter::Envelope& envelope);

class ExemptHandler final : public milter::MessageHandler {
 public:
  explicit ExemptHandler(MessageContext context);

  milter::Verdict OnHeader(mail::HeaderField&& field) override;
  milter::Verdict OnEndOfMessage(milter::MessageEditor& editor) override;

 private:
  void Record(std::string verdict);

  const MessageContext context_;
  milter::ForgedResults forged_;
  milter::StaleFields tags_;
  milter::StaleFields trusts_;
};

}  // namespace gatepost::dmarc
