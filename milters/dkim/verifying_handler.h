// Verifies the DKIM signatures of one message and writes what it found into one
// Authentication-Results field (RFC 8601). Refuses nothing on account of a signature: that is
// policy, and gatepost-dmarc's.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/auth/dkim_verifier.h"
#include "common/dns/resolver.h"
#include "common/milter/forged_results.h"
#include "common/milter/message_handler.h"
#include "milters/dkim/message_context.h"

namespace gatepost::dkim {

class VerifyingHandler final : public milter::MessageHandler {
 public:
  VerifyingHandler(MessageContext context, dns::Resolver& resolver);

  milter::Verdict OnHeader(mail::HeaderField&& field) override;
  milter::Verdict OnEndOfHeaders() override;
  milter::Verdict OnBody(std::span<const std::byte> chunk) override;
  milter::Verdict OnEndOfMessage(milter::MessageEditor& editor) override;

 private:
  void Tell(const std::vector<auth::DkimSignatureResult>& results, const std::string& summary);
  void TellTrouble(std::string_view event, std::string_view reason);
  void Record(std::string verdict, std::string outcome, std::string evidence);

  MessageContext context_;
  base::SteadyTime began_;  // end of headers: before it, the time is the client's
  milter::ForgedResults forged_;
  std::vector<std::string> from_values_;  // two are enough to know that there are several
  auth::DkimVerifier verifier_;
};

}  // namespace gatepost::dkim
