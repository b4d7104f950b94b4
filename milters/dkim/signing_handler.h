// Signs one message of our users. Everything is read without a reply; the one answer is at end of
// message.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/dkim_signer.h"
#include "common/base/result.h"
#include "common/milter/forged_results.h"
#include "common/milter/message_handler.h"
#include "milters/dkim/long_lines.h"
#include "milters/dkim/message_context.h"

namespace gatepost::dkim {

class SigningHandler final : public milter::MessageHandler {
 public:
  // `origin` says why the message is ours to sign (signing_policy.h).
  SigningHandler(MessageContext context, std::string_view origin);

  milter::Verdict OnHeader(mail::HeaderField&& field) override;
  milter::Verdict OnEndOfHeaders() override;
  milter::Verdict OnBody(std::span<const std::byte> chunk) override;
  milter::Verdict OnEndOfMessage(milter::MessageEditor& editor) override;

 private:
  SenderFacts CollectFacts();
  void FindStream(const std::optional<mail::Domain>& envelope_domain);
  void OpenKeysAndBeginSigning();
  milter::Verdict SignAndEdit(milter::MessageEditor& editor);
  bool StripsForgedResults() const;
  bool RemoveOldSignatures(milter::MessageEditor& editor) const;

  // How a message can end; each logs, counts and records.
  milter::Verdict Signed();
  milter::Verdict NotSigned();
  milter::Verdict RefuseLongLines();
  milter::Verdict RefuseMessage(std::string rule, std::string enhanced, const std::string& reason,
                                std::string reply);
  milter::Verdict Trouble(const base::Error& error);
  void WarnOfLongLines();
  void Record(std::string verdict, std::string rule, std::string outcome, std::string evidence);

  MessageContext context_;
  std::string_view origin_;
  base::SteadyTime began_;                 // end of headers: before it, the time is the client's
  std::vector<mail::HeaderField> fields_;  // until the signer takes them
  std::size_t header_bytes_ = 0;
  milter::ForgedResults forged_;
  LongLines long_lines_;
  std::string_view stream_;  // in the configuration's table
  SigningDecision decision_;
  bool header_too_large_ = false;
  // Why the message cannot be signed though it should. It begins as it does so that nothing passes
  // unsigned if the end of the headers is never told.
  std::optional<base::Error> trouble_ =
      base::Error{base::ErrorKind::kInternal, "the header did not end"};
  std::vector<int> old_signatures_;  // instances of DKIM-Signature to remove
  std::optional<auth::DkimSigner> signer_;
};

}  // namespace gatepost::dkim
