// One message: its parts are judged while it streams by, and at its end the strictest of what the
// rules said is done. What cannot be judged for a reason of ours is never refused for good.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/mail/header_field.h"
#include "common/milter/message_handler.h"
#include "common/milter/stale_fields.h"
#include "common/mime/walker.h"
#include "common/quarantine/copy_digest.h"
#include "common/quarantine/release_pass.h"
#include "milters/attachments/clamd_client.h"
#include "milters/attachments/disposition.h"
#include "milters/attachments/hold_record.h"
#include "milters/attachments/inspection.h"
#include "milters/attachments/message_context.h"
#include "milters/attachments/replacement.h"
#include "milters/attachments/rules_policy.h"
#include "milters/attachments/spool_file.h"

namespace gatepost::attachments {

class AttachmentHandler final : public milter::MessageHandler, private ItemSink {
 public:
  AttachmentHandler(MessageContext context, Direction direction);
  ~AttachmentHandler() override;

  milter::Verdict OnRecipient(const milter::Recipient& recipient) override;
  milter::Verdict OnHeader(mail::HeaderField&& field) override;
  milter::Verdict OnEndOfHeaders() override;
  milter::Verdict OnBody(std::span<const std::byte> chunk) override;
  milter::Verdict OnEndOfMessage(milter::MessageEditor& editor) override;

 private:
  const AttachmentsOptions& options() const { return context_.configuration->options; }
  void OnItem(Item item) override;
  void OnPartDone(const mime::Part& part) override;

  void FeedClamd(std::string_view line);
  InspectionLimits MakeLimits() const;
  void JudgeMessage();
  void AskClamd(Item& message);
  void JudgeOutbreaks();
  void NoteSighting(const std::vector<Sighting>& seen, Item& item) const;
  std::optional<Trouble> HadTrouble() const;
  std::string DescribeTrouble() const;

  Ending End(milter::MessageEditor& editor);
  void FindPass(const mail::HeaderField& field);
  std::optional<quarantine::PassError> UsePass();  // nothing where it is good
  Ending Act(milter::MessageEditor& editor);
  void Tell(const Ending& ending);
  void TellReputation(std::string_view verdict);

  const MessageContext context_;
  MessageFacts facts_;
  base::SteadyTime began_{};
  milter::StaleFields tags_;
  milter::StaleFields passes_;
  std::string pass_;                            // the first of them
  std::optional<quarantine::CopyDigest> copy_;  // of a message with a pass
  bool was_released_ = false;                   // with a pass of ours that is spent
  HoldRecord record_;
  bool signed_ = false;  // by the sender: replacing a part breaks it
  InspectionLimits limits_;
  std::vector<Item> sightings_;  // files that may be an outbreak's, judged at the end
  std::vector<std::string> recipients_;
  std::vector<mail::HeaderField> fields_;  // that say what the parts are, or what people see
  std::uint64_t bytes_ = 0;                // of the message
  std::size_t field_bytes_ = 0;            // of what is kept of its header
  bool header_too_large_ = false;

  std::optional<RuleJudge> judge_;
  std::optional<Inspection> inspection_;
  std::optional<mime::Walker> walker_;
  std::optional<ClamdScan> clamd_;
  std::optional<std::string> clamd_trouble_;
  std::optional<SpoolFile> body_;  // where a rule may replace a part
  ReplacementPlan plan_;
};

}  // namespace gatepost::attachments
