#include "milters/attachments/attachment_handler.h"

#include <algorithm>
#include <utility>

#include "common/base/strings.h"
#include "common/log/log.h"
#include "common/quarantine/release_pass.h"
#include "milters/attachments/fact_finder.h"
#include "milters/attachments/message_report.h"
#include "milters/attachments/names.h"

namespace gatepost::attachments {
namespace {

using milter::Verdict;

// More, or longer ones, are no mail; what stands in them is not read.
constexpr std::size_t kMostFields = 2'000;
constexpr std::size_t kMostFieldBytes = std::size_t{1} << 20;
constexpr std::size_t kLineEnd = 2;
constexpr std::size_t kBesideField = 1 + kLineEnd;  // the colon
// A released copy waits for the store rather than be held again.
constexpr auto kPassTime = std::chrono::seconds(1);

// What the parts are.
bool IsKept(const mail::HeaderField& field) {
  return base::StartsWithIgnoreCase(field.name, "Content-") || field.Is("MIME-Version");
}

}  // namespace

AttachmentHandler::AttachmentHandler(MessageContext context, Direction direction)
    : context_(std::move(context)),
      facts_(FindFacts(context_, direction)),
      tags_(context_.configuration->options.rules.tag_header),
      passes_(std::string(quarantine::kPassField)) {}

AttachmentHandler::~AttachmentHandler() = default;

Verdict AttachmentHandler::OnRecipient(const milter::Recipient& recipient) {
  if (!recipient.refused) recipients_.push_back(base::ToLower(recipient.path));
  return Verdict::Continue();
}

Verdict AttachmentHandler::OnHeader(mail::HeaderField&& field) {
  bytes_ += field.name.size() + field.value.size() + kBesideField;
  tags_.OnHeader(field);
  passes_.OnHeader(field);
  signed_ = signed_ || field.Is("DKIM-Signature") || field.Is("ARC-Seal");
  record_.OnHeader(field);
  if (!context_.site.secret.empty()) FindPass(field);
  if (context_.site.clamd) FeedClamd(field.name + ":" + field.value + "\r\n");
  if (!IsKept(field)) return Verdict::Continue();
  field_bytes_ += field.name.size() + field.value.size();
  header_too_large_ |= fields_.size() >= kMostFields || field_bytes_ > kMostFieldBytes;
  if (!header_too_large_) fields_.push_back(std::move(field));
  return Verdict::Continue();
}

// That of the release stands above all that the message had before.
void AttachmentHandler::FindPass(const mail::HeaderField& field) {
  if (copy_) return copy_->OnHeader(field);
  if (!field.Is(quarantine::kPassField)) return;
  pass_ = base::Trim(field.value);
  copy_.emplace();
}

// It sees the message as it arrived, header and all; there need not be a header.
void AttachmentHandler::FeedClamd(std::string_view line) {
  if (!clamd_) clamd_.emplace(context_.site.clamd->Begin());
  clamd_->Feed(std::as_bytes(std::span(line)));
}

Verdict AttachmentHandler::OnEndOfHeaders() {
  began_ = context_.site.clock.Steady();
  const AttachmentsConfiguration& configuration = *context_.configuration;
  AskStore(context_, facts_);
  judge_.emplace(configuration.rules, facts_, recipients_);
  limits_ = MakeLimits();
  inspection_.emplace(limits_, context_.site.scanner, context_.site.clock,
                      static_cast<ItemSink&>(*this));
  walker_.emplace(*inspection_, configuration.walk);
  walker_->Begin(fields_);
  if (context_.site.clamd) FeedClamd("\r\n");
  if (configuration.rules.wanted().replaces) {
    body_.emplace(configuration.limits.spool_folder, configuration.limits.spool_bytes);
  }
  return Verdict::Continue();
}

// Hashing has a price: members must be unpacked for it. So none for a list that is empty, and for
// outbreaks that of the files themselves alone.
InspectionLimits AttachmentHandler::MakeLimits() const {
  const Wanted& wanted = context_.configuration->rules.wanted();
  InspectionLimits limits = context_.configuration->limits;
  limits.sha256 = wanted.by_value || (wanted.listed && !context_.site.hashes.empty());
  limits.sha256_of_files = wanted.outbreak;
  return limits;
}

// Whoever does not say that the header has ended is not spared the look.
Verdict AttachmentHandler::OnBody(std::span<const std::byte> chunk) {
  if (!walker_) OnEndOfHeaders();
  bytes_ += chunk.size();
  walker_->Feed(chunk);
  if (clamd_) clamd_->Feed(chunk);
  if (copy_) copy_->OnBody(chunk);
  if (body_) body_->Append(chunk);
  return Verdict::Continue();
}

void AttachmentHandler::OnItem(Item item) {
  item.properties.Add(JudgeNames(item));
  if (!item.sha256.empty() && context_.site.hashes.Has(item.sha256)) {
    item.properties.Add(Property::kListed);
  }
  record_.OnItem(item);
  const bool counted = context_.configuration->rules.wanted().outbreak && !item.member &&
                       !item.sha256.empty() && Outbreaks::Counts(item.type.kind) &&
                       sightings_.size() < Outbreaks::kMostFiles;
  if (counted) return sightings_.push_back(std::move(item));
  judge_->Judge(item);
}

void AttachmentHandler::OnPartDone(const mime::Part& part) {
  if (body_) plan_.Take(part);
}

Verdict AttachmentHandler::OnEndOfMessage(milter::MessageEditor& editor) {
  if (!walker_) OnEndOfHeaders();
  walker_->Finish();
  JudgeOutbreaks();
  JudgeMessage();
  Ending ending = End(editor);
  Tell(ending);
  return std::move(ending.answer);
}

// Before anything has an effect outside the message, what speaks for us in it is taken out.
Ending AttachmentHandler::End(milter::MessageEditor& editor) {
  if (tags_.TooMany() || passes_.TooMany()) {
    return {"refuse", Verdict::Reject({550, "5.6.0", {"The header has far too many fields"}})};
  }
  if (!tags_.Remove(editor) || !passes_.Remove(editor)) return Deferred(context_.envelope);
  if (!copy_ || recipients_.size() != 1) return Act(editor);
  const auto pass = UsePass();
  if (pass) return {"released", Verdict::Continue()};
  log::Warning("pass_refused").With("reason", pass.error().message);
  // The copy is good, and nobody can say whether it was used: it comes back.
  const bool unknown = pass.error().kind == base::ErrorKind::kUnavailable ||
                       pass.error().kind == base::ErrorKind::kTimeout;
  return unknown ? Deferred(context_.envelope) : Act(editor);
}

// A copy that somebody released for its one recipient is not judged again.
base::Result<void> AttachmentHandler::UsePass() {
  const std::string digest = copy_->Finish();
  const auto pass = quarantine::UsePass(context_.site.secret, {pass_, recipients_.front(), digest},
                                        context_.site.clock.Wall(), context_.site.store,
                                        context_.site.clock.Steady() + kPassTime);
  if (!pass) return tl::unexpected(pass.error());
  return {};
}

// What holds for no part alone.
void AttachmentHandler::JudgeMessage() {
  Item item;
  item.whole = true;
  item.bytes = bytes_ + kLineEnd;
  item.properties = inspection_->message();
  if (header_too_large_) item.properties.Add(Property::kTooManyParts);
  if (clamd_) AskClamd(item);
  const bool sized = context_.configuration->rules.wanted().size;
  if (sized || item.properties.any()) judge_->Judge(item);
}

// One round trip for all files of the message that may be one's. Without an answer they are judged
// by all else: nothing that is known of them depends on it.
void AttachmentHandler::JudgeOutbreaks() {
  if (sightings_.empty()) return;
  std::vector<std::string> hashes;
  for (const Item& item : sightings_) hashes.push_back(item.sha256);
  const auto seen =
      context_.site.outbreaks.Note(hashes, facts_.sender_domain, facts_.client,
                                   context_.site.clock.Steady() + context_.site.store_deadline);
  for (Item& item : sightings_) {
    if (seen) NoteSighting(*seen, item);
    judge_->Judge(item);
  }
}

void AttachmentHandler::NoteSighting(const std::vector<Sighting>& seen, Item& item) const {
  const auto found = std::ranges::find(seen, item.sha256, &Sighting::sha256);
  if (found == seen.end() || !found->outbreak) return;
  item.properties.Add(Property::kOutbreak);
  if (!found->just_now) return;
  context_.site.journal.Report({"attachment_outbreak", item.sha256,
                                "The file " + base::Printable(item.path) + " came from " +
                                    std::to_string(found->senders) + " senders at once"});
}

void AttachmentHandler::AskClamd(Item& message) {
  ClamdVerdict verdict = clamd_->Finish();
  switch (verdict.outcome) {
    case ClamdVerdict::Outcome::kClean:
      return;
    case ClamdVerdict::Outcome::kFound:
      message.malware = std::move(verdict.text);
      return message.properties.Add(Property::kMalware);
    case ClamdVerdict::Outcome::kTooLarge:
      return message.properties.Add(Property::kMalwareUnchecked);
    case ClamdVerdict::Outcome::kUnchecked:
      clamd_trouble_ = std::move(verdict.text);
      return message.properties.Add(Property::kMalwareUnchecked);
  }
}

// Of two troubles the one that is taken more seriously.
std::optional<Trouble> AttachmentHandler::HadTrouble() const {
  static_assert(Trouble::kDefer < Trouble::kHold && Trouble::kHold < Trouble::kPass);
  std::optional<Trouble> had;
  if (inspection_ && inspection_->trouble()) had = options().look.trouble;
  if (clamd_trouble_) had = std::min(had.value_or(Trouble::kPass), options().malware.trouble);
  return had;
}

std::string AttachmentHandler::DescribeTrouble() const {
  std::string text;
  if (inspection_ && inspection_->trouble()) text = inspection_->trouble()->message;
  if (clamd_trouble_) text += (text.empty() ? "clamd: " : "; clamd: ") + *clamd_trouble_;
  return text;
}

Ending AttachmentHandler::Act(milter::MessageEditor& editor) {
  if (!judge_) return {"pass", Verdict::Continue()};
  const JudgedMessage judged{.context = context_,
                             .facts = facts_,
                             .recipients = recipients_,
                             .fields = fields_,
                             .record = record_,
                             .outcome = judge_->outcome(),
                             .body = body_ ? &*body_ : nullptr,
                             .plan = plan_,
                             .trouble = HadTrouble(),
                             .trouble_text = DescribeTrouble()};
  return Disposition(judged, editor).Act();
}

void AttachmentHandler::Tell(const Ending& ending) {
  static const Outcome kNothing;
  MessageReport report(judge_ ? judge_->outcome() : kNothing);
  report.verdict = ending.verdict;
  if (ending.answer.action() == Verdict::Action::kReject ||
      ending.answer.action() == Verdict::Action::kTempFail) {
    report.reply = OneLine(ending.answer.reply());
  }
  if (inspection_) report.items = inspection_->items();
  report.trouble = DescribeTrouble();
  report.breaks_signature = signed_ && ending.verdict == "replace";
  report.recipients = recipients_.size();
  report.spent =
      std::chrono::duration_cast<std::chrono::microseconds>(context_.site.clock.Steady() - began_);
  Send(report, context_);
  TellReputation(ending.verdict);
}

// Strangers lose some of theirs for what is dangerous; an own user who sends such things is
// somebody to call.
void AttachmentHandler::TellReputation(std::string_view verdict) {
  const bool stopped = verdict == "refuse" || verdict == "hold" || verdict == "discard";
  if (!stopped || judge_->outcome().hold_class != HoldClass::kDangerous) return;
  if (facts_.direction == Direction::kOut) {
    const std::string& who = facts_.user.empty() ? facts_.sender : facts_.user;
    return context_.site.journal.Report(
        {"user_sends_dangerous_attachment", who,
         "Mail of " + base::Printable(who) + " was stopped for an attachment that is dangerous"});
  }
  if (!options().reputation || facts_.client.bits() == 0) return;
  for (const auto& subject :
       {reputation::Subject::Address(facts_.client), reputation::Subject::Network(facts_.client)}) {
    context_.site.reputation.Tell(subject, reputation::EventKind::kAttachmentBlocked);
  }
}

}  // namespace gatepost::attachments
