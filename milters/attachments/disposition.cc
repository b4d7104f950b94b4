#include "milters/attachments/disposition.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "common/base/strings.h"
#include "common/log/log.h"
#include "common/milter/message_record.h"
#include "milters/attachments/reply_text.h"

namespace gatepost::attachments {
namespace {

using milter::Verdict;

constexpr std::size_t kMostTags = 5;

bool Apply(const FieldChange& change, milter::MessageEditor& editor) {
  switch (change.kind) {
    case FieldChange::Kind::kChange:
      return editor.ChangeHeader(change.name, change.instance, change.value);
    case FieldChange::Kind::kDelete:
      return editor.DeleteHeader(change.name, change.instance);
    case FieldChange::Kind::kAdd:
      return editor.AddHeader(change.name, change.value);
  }
  return false;
}

// ` macros; tag; "a.docm"`, with the leading blank that header values need here.
std::string FormatTag(const RuleHit& hit) {
  std::string value = " " + hit.rule + "; " + std::string(Name(hit.action));
  if (hit.path.empty()) return value;
  std::string path = base::Printable(hit.path);
  std::ranges::replace(path, '"', '?');
  std::ranges::replace(path, '\\', '?');
  return value + "; \"" + path + "\"";
}

}  // namespace

Ending Deferred(const milter::Envelope& envelope) {
  return {"defer", Verdict::TempFail(milter::WithReference(TroubleReply(), envelope))};
}

Ending Disposition::Act() {
  const Trouble trouble = TroubleLeft().value_or(Trouble::kPass);
  if (trouble == Trouble::kDefer) return Defer();
  if (trouble == Trouble::kHold) return Hold();
  return ActOnOutcome();
}

// What makes up for nothing: a verdict that keeps the message from its recipients stands whatever
// else could not be found out.
std::optional<Trouble> Disposition::TroubleLeft() const {
  if (message_.outcome.action >= Action::kQuarantine) return std::nullopt;
  return message_.trouble;
}

Ending Disposition::ActOnOutcome() {
  switch (message_.outcome.action) {
    case Action::kRefuse:
      return Refuse();
    case Action::kDiscard:
      return Discard();
    case Action::kQuarantine:
      return Hold();
    case Action::kReplace:
      return Replace();
    case Action::kTag:
      if (!Tag()) return Defer();
      return {"tag", Verdict::Continue()};
    case Action::kPass:
      break;
  }
  return {"pass", Verdict::Continue()};
}

// A refusal would bounce what may be the only copy.
Ending Disposition::Refuse() {
  if (message_.was_released) return Hold();
  const RuleHit& hit = message_.outcome.hits.front();
  return {"refuse", Verdict::Reject(milter::WithReference(RefusalReply(hit, rules().contact),
                                                          context_.envelope))};
}

Ending Disposition::Discard() {
  if (message_.was_released) return Hold();
  return {"discard", Verdict::Discard()};
}

// It is on the list before it is on hold, so that no held message is without a reason.
Ending Disposition::Hold() {
  const quarantine::HeldMessage held = MakeHeld();
  if (const auto put = context_.site.held.Put(held); !put) {
    log::Warning("held_without_reason").With("reason", put.error().message);
  }
  if (!editor_.Quarantine("attachments")) {
    context_.site.held.Remove(held.queue_id);
    return Defer();
  }
  // Of many recipients the list keeps the first ones: nobody else gets a code.
  const auto listed =
      quarantine::HeldMessage::Parse(held.host, held.queue_id, held.Format()).value_or(held);
  context_.site.notices.Post(listed, message_.record.automatic());
  return {"hold", Verdict::Continue()};
}

quarantine::HeldMessage Disposition::MakeHeld() const {
  const bool judged = message_.trouble.value_or(Trouble::kPass) == Trouble::kPass;
  quarantine::HeldMessage held =
      message_.record.Make(context_.envelope, context_.connection, message_.recipients,
                           message_.outcome, judged ? "" : message_.trouble_text);
  held.queue_id = context_.envelope.queue_id;
  held.host = context_.site.hostname;
  held.since = context_.site.clock.Wall();
  held.user = message_.facts.user;
  held.direction = message_.facts.direction == Direction::kOut ? quarantine::Direction::kOut
                                                               : quarantine::Direction::kIn;
  return held;
}

// What would leave something behind that was to go is held instead.
Ending Disposition::Replace() {
  Plan();
  const bool complete = message_.outcome.more_replaced == 0 && !message_.plan.empty();
  if (!complete || !message_.body || !message_.body->good()) return Hold();
  if (!Edit() || !Tag()) return Defer();
  return {"replace", Verdict::Continue()};
}

void Disposition::Plan() {
  for (const RuleHit& hit : message_.outcome.replaced) {
    message_.plan.Replace(hit.part, ReplacementText(hit, rules().contact));
  }
}

bool Disposition::Edit() {
  for (const FieldChange& change : message_.plan.HeaderChanges(message_.fields)) {
    if (!Apply(change, editor_)) return false;
  }
  return message_.plan.Write(
      *message_.body, [&](std::span<const std::byte> chunk) { return editor_.ReplaceBody(chunk); });
}

// One field a rule, for filters of the recipients.
bool Disposition::Tag() {
  if (rules().tag_header.empty()) return true;
  std::size_t tags = 0;
  for (const RuleHit& hit : message_.outcome.hits) {
    if (hit.shadow || hit.action < Action::kTag || tags++ == kMostTags) continue;
    if (!editor_.AddHeader(rules().tag_header, FormatTag(hit))) return false;
  }
  return true;
}

}  // namespace gatepost::attachments
