// What is done with a message at its end: what the rules said of it or, where it could not be
// judged, what the options say of that. One message's; one thread at a time.
//
//   const Ending ending = Disposition(judged, editor).Act();
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/header_field.h"
#include "common/milter/message_editor.h"
#include "common/milter/verdict.h"
#include "milters/attachments/hold_record.h"
#include "milters/attachments/message_context.h"
#include "milters/attachments/message_facts.h"
#include "milters/attachments/replacement.h"
#include "milters/attachments/rules_policy.h"
#include "milters/attachments/spool_file.h"

namespace gatepost::attachments {

// How the message ends, as the record tells it.
struct Ending {
  std::string_view verdict;
  milter::Verdict answer;
};

// For later, as something of ours is not as it should be.
Ending Deferred(const milter::Envelope& envelope);

// What is known of it by then; all that is referred to outlives what is done with it.
struct JudgedMessage {
  const MessageContext& context;
  const MessageFacts& facts;
  const std::vector<std::string>& recipients;
  const std::vector<mail::HeaderField>& fields;  // that say what the parts are
  const HoldRecord& record;
  const Outcome& outcome;
  const SpoolFile* body;           // nullptr: no rule replaces
  ReplacementPlan& plan;           // knows where the parts stand
  std::optional<Trouble> trouble;  // where not all could be judged for a reason of ours
  std::string trouble_text;        // in words
  // A copy that we sent ourselves: the message that it was made of may be gone from the queue.
  bool was_released = false;
};

class Disposition {
 public:
  Disposition(const JudgedMessage& message, milter::MessageEditor& editor)
      : message_(message), context_(message.context), editor_(editor) {}

  // To be called once.
  Ending Act();

 private:
  const RuleOptions& rules() const { return context_.configuration->options.rules; }
  Ending Defer() const { return Deferred(context_.envelope); }
  std::optional<Trouble> TroubleLeft() const;
  Ending ActOnOutcome();
  Ending Refuse();
  Ending Discard();
  Ending Hold();
  quarantine::HeldMessage MakeHeld() const;
  Ending Replace();
  void Plan();
  bool Edit();
  bool Tag();

  const JudgedMessage& message_;
  const MessageContext& context_;
  milter::MessageEditor& editor_;
};

}  // namespace gatepost::attachments
