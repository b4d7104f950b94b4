// Finds out who really sent one message, writes what it found into one Authentication-Results field
// (RFC 8601), and acts on the owner's policy. Facts are gathered here, decided in
// decision_policy.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/auth/arc_sealer.h"
#include "common/auth/arc_verifier.h"
#include "common/auth/dkim_verifier.h"
#include "common/dns/limited_resolver.h"
#include "common/milter/forged_results.h"
#include "common/milter/message_handler.h"
#include "common/milter/stale_fields.h"
#include "milters/dmarc/arrival_lookups.h"
#include "milters/dmarc/decision_policy.h"
#include "milters/dmarc/facts.h"
#include "milters/dmarc/message_context.h"

namespace gatepost::dmarc {

class ArrivalHandler final : public milter::MessageHandler {
 public:
  explicit ArrivalHandler(MessageContext context);
  ~ArrivalHandler() override;

  milter::Verdict OnMailFrom() override;
  milter::Verdict OnRecipient(const milter::Recipient& recipient) override;
  milter::Verdict OnHeader(mail::HeaderField&& field) override;
  milter::Verdict OnEndOfHeaders() override;
  milter::Verdict OnBody(std::span<const std::byte> chunk) override;
  milter::Verdict OnEndOfMessage(milter::MessageEditor& editor) override;

 private:
  const DmarcOptions& options() const { return context_.configuration->options; }
  void NoteAuthor();
  bool IsFlooded() const;
  void RefuseFlood();
  void Judge();
  void FindOut();
  void AskReputation();
  void AskGreylist();
  template <class Ask>
  auto AskStore(Ask ask);
  bool Edit(milter::MessageEditor& editor);
  bool AddResults(milter::MessageEditor& editor, const std::string& results);
  bool Seal(milter::MessageEditor& editor, const std::string& results);
  bool Tag(milter::MessageEditor& editor);
  milter::Verdict Act(milter::MessageEditor& editor);
  milter::Reply DecidingReply() const;
  milter::Verdict Trouble(std::string evidence);
  void TellAll();

  const MessageContext context_;
  base::SteadyTime began_{};  // end of message: before it, the time is the client's
  std::chrono::nanoseconds store_time_left_;
  milter::ForgedResults forged_;
  milter::StaleFields tags_;
  milter::StaleFields trusts_;
  dns::LimitedResolver resolver_;
  ArrivalLookups lookups_;
  auth::DkimVerifier dkim_;
  auth::ArcVerifier arc_;
  std::optional<auth::ArcSealer> sealer_;
  std::vector<std::string> from_values_;
  Facts facts_;
  Decision decision_;
};

}  // namespace gatepost::dmarc
