#include "milters/attachments/attachment_handler.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/strings.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/milter/message_record.h"
#include "common/quarantine/release_pass.h"
#include "common/store/keys.h"
#include "milters/attachments/message_report.h"
#include "milters/attachments/names.h"
#include "milters/attachments/reply_text.h"

namespace gatepost::attachments {
namespace {

using milter::Verdict;

// More, or longer ones, are no mail; what stands in them is not read.
constexpr std::size_t kMostFields = 2'000;
constexpr std::size_t kMostFieldBytes = std::size_t{1} << 20;
constexpr std::size_t kMostTags = 5;
constexpr std::size_t kLineEnd = 2;
constexpr std::size_t kBesideField = 1 + kLineEnd;  // the colon
// A released copy waits for the store rather than be held again.
constexpr auto kPassTime = std::chrono::seconds(1);

// What the parts are.
bool IsKept(const mail::HeaderField& field) {
  return base::StartsWithIgnoreCase(field.name, "Content-") || field.Is("MIME-Version");
}

std::string AccountOf(const MessageContext& context) {
  if (context.envelope.sasl_user.empty()) return "";
  return context.configuration->accounts->Canonicalize(context.envelope.sasl_user).name;
}

std::string DomainOf(const std::string& path) {
  const auto parsed = mail::ParsePath(path);
  return parsed ? parsed->domain.ascii() : "";
}

// "dmarc=pass spf=pass trust=12": the word behind "dmarc=".
std::string FindDmarc(std::string_view text) {
  constexpr std::string_view kName = "dmarc=";
  for (const std::string_view word : base::Split(text, ' ')) {
    if (word.starts_with(kName)) return std::string(word.substr(kName.size()));
  }
  return "";
}

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

AttachmentHandler::AttachmentHandler(MessageContext context, Direction direction)
    : context_(std::move(context)),
      account_(AccountOf(context_)),
      tags_(context_.configuration->options.rules.tag_header),
      passes_(std::string(quarantine::kPassField)) {
  facts_.direction = direction;
}

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
  // That of the release stands above all that the message had before.
  if (field.Is(quarantine::kPassField) && pass_.empty()) pass_ = base::Trim(field.value);
  if (context_.site.clamd) FeedClamd(field.name + ":" + field.value + "\r\n");
  if (!IsKept(field)) return Verdict::Continue();
  field_bytes_ += field.name.size() + field.value.size();
  header_too_large_ |= fields_.size() >= kMostFields || field_bytes_ > kMostFieldBytes;
  if (!header_too_large_) fields_.push_back(std::move(field));
  return Verdict::Continue();
}

// It sees the message as it arrived, header and all; there need not be a header.
void AttachmentHandler::FeedClamd(std::string_view line) {
  if (!clamd_) clamd_.emplace(context_.site.clamd->Begin());
  clamd_->Feed(std::as_bytes(std::span(line)));
}

Verdict AttachmentHandler::OnEndOfHeaders() {
  began_ = context_.site.clock.Steady();
  const AttachmentsConfiguration& configuration = *context_.configuration;
  FindFacts();
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

void AttachmentHandler::FindFacts() {
  facts_.user = account_;
  facts_.sender = base::ToLower(context_.envelope.reverse_path);
  facts_.sender_domain = DomainOf(context_.envelope.reverse_path);
  facts_.client = context_.connection.client;
  if (context_.configuration->rules.wanted().authentication) AskAuthentication();
  if (context_.configuration->rules.wanted().reputation) AskReputation();
}

// What the program before us in the chain found; unknown where there is none.
void AttachmentHandler::AskAuthentication() {
  if (facts_.direction == Direction::kOut || context_.envelope.queue_id.empty()) return;
  const auto key =
      store::KeyMaker::Fact(context_.site.hostname, context_.envelope.queue_id, "auth");
  const auto value =
      context_.site.store.Get(key, context_.site.clock.Steady() + context_.site.store_deadline);
  if (value && *value) facts_.authentication = FindDmarc(**value);
}

void AttachmentHandler::AskReputation() {
  if (facts_.direction == Direction::kOut || facts_.client.bits() == 0) return;
  const std::array subjects{reputation::Subject::Address(facts_.client),
                            reputation::Subject::Network(facts_.client)};
  const auto standings = context_.site.reputation.Look(
      subjects, context_.site.clock.Steady() + context_.site.store_deadline);
  for (const reputation::Standing& standing : standings) {
    if (!standing.known) continue;
    facts_.reputation = std::min(facts_.reputation.value_or(1), standing.score);
  }
}

Verdict AttachmentHandler::OnBody(std::span<const std::byte> chunk) {
  if (!walker_) return Verdict::Continue();
  bytes_ += chunk.size();
  walker_->Feed(chunk);
  if (clamd_) clamd_->Feed(chunk);
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
  if (walker_) {
    walker_->Finish();
    JudgeOutbreaks();
    JudgeMessage();
  }
  Ending ending = End(editor);
  Tell(ending);
  return std::move(ending.answer);
}

// Before anything has an effect outside the message, what speaks for us in it is taken out.
AttachmentHandler::Ending AttachmentHandler::End(milter::MessageEditor& editor) {
  if (tags_.TooMany() || passes_.TooMany()) {
    return {"refuse", Verdict::Reject({550, "5.6.0", {"The header has far too many fields"}})};
  }
  if (!tags_.Remove(editor) || !passes_.Remove(editor)) return Defer();
  if (pass_.empty() || context_.site.secret.empty() || recipients_.size() != 1) return Act(editor);
  const auto pass = UsePass();
  if (pass) return {"released", Verdict::Continue()};
  log::Warning("pass_refused").With("reason", pass.error().message);
  // The copy is good, and nobody can say whether it was used: it comes back.
  const bool unknown = pass.error().kind == base::ErrorKind::kUnavailable ||
                       pass.error().kind == base::ErrorKind::kTimeout;
  return unknown ? Defer() : Act(editor);
}

// A copy that somebody released for its one recipient is not judged again.
base::Result<void> AttachmentHandler::UsePass() const {
  const auto pass = quarantine::UsePass(context_.site.secret, pass_, recipients_.front(),
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

// What makes up for nothing: a verdict that keeps the message from its recipients stands whatever
// else could not be found out.
std::optional<Trouble> AttachmentHandler::TroubleLeft() const {
  if (judge_->outcome().action >= Action::kQuarantine) return std::nullopt;
  return HadTrouble();
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

AttachmentHandler::Ending AttachmentHandler::Act(milter::MessageEditor& editor) {
  if (!judge_) return {"pass", Verdict::Continue()};
  const auto trouble = TroubleLeft();
  if (trouble && *trouble != Trouble::kPass) return ActOnTrouble(*trouble, editor);
  switch (judge_->outcome().action) {
    case Action::kRefuse:
      return Refuse();
    case Action::kDiscard:
      return {"discard", Verdict::Discard()};
    case Action::kQuarantine:
      return Hold(editor);
    case Action::kReplace:
      return Replace(editor);
    case Action::kTag:
      if (!Tag(editor)) return Defer();
      return {"tag", Verdict::Continue()};
    case Action::kPass:
      break;
  }
  return {"pass", Verdict::Continue()};
}

AttachmentHandler::Ending AttachmentHandler::ActOnTrouble(Trouble trouble,
                                                          milter::MessageEditor& editor) {
  return trouble == Trouble::kHold ? Hold(editor) : Defer();
}

AttachmentHandler::Ending AttachmentHandler::Defer() const {
  return {"defer", Verdict::TempFail(milter::WithReference(TroubleReply(), context_.envelope))};
}

AttachmentHandler::Ending AttachmentHandler::Refuse() {
  const RuleHit& hit = judge_->outcome().hits.front();
  return {"refuse", Verdict::Reject(milter::WithReference(
                        RefusalReply(hit, options().rules.contact), context_.envelope))};
}

// It is on the list before it is on hold, so that no held message is without a reason.
AttachmentHandler::Ending AttachmentHandler::Hold(milter::MessageEditor& editor) {
  const bool judged = HadTrouble().value_or(Trouble::kPass) == Trouble::kPass;
  quarantine::HeldMessage held = record_.Make(context_.envelope, context_.connection, recipients_,
                                              judge_->outcome(), judged ? "" : DescribeTrouble());
  held.queue_id = context_.envelope.queue_id;
  held.host = context_.site.hostname;
  held.since = context_.site.clock.Wall();
  held.user = account_;
  held.direction = facts_.direction == Direction::kOut ? quarantine::Direction::kOut
                                                       : quarantine::Direction::kIn;
  if (const auto put = context_.site.held.Put(held); !put) {
    log::Warning("held_without_reason").With("reason", put.error().message);
  }
  if (!editor.Quarantine("attachments")) {
    context_.site.held.Remove(held.queue_id);
    return Defer();
  }
  // Of many recipients the list keeps the first ones: nobody else gets a code.
  const auto listed =
      quarantine::HeldMessage::Parse(held.host, held.queue_id, held.Format()).value_or(held);
  context_.site.notices.Post(listed, record_.automatic());
  return {"hold", Verdict::Continue()};
}

// What would leave something behind that was to go is held instead.
AttachmentHandler::Ending AttachmentHandler::Replace(milter::MessageEditor& editor) {
  Plan();
  const bool complete = judge_->outcome().more_replaced == 0 && !plan_.empty();
  if (!complete || !body_ || !body_->good()) return Hold(editor);
  if (!Edit(editor) || !Tag(editor)) return Defer();
  return {"replace", Verdict::Continue()};
}

void AttachmentHandler::Plan() {
  for (const RuleHit& hit : judge_->outcome().replaced) {
    plan_.Replace(hit.part, ReplacementText(hit, options().rules.contact));
  }
}

bool AttachmentHandler::Edit(milter::MessageEditor& editor) const {
  for (const FieldChange& change : plan_.HeaderChanges(fields_)) {
    if (!Apply(change, editor)) return false;
  }
  return plan_.Write(*body_,
                     [&](std::span<const std::byte> chunk) { return editor.ReplaceBody(chunk); });
}

// One field a rule, for filters of the recipients.
bool AttachmentHandler::Tag(milter::MessageEditor& editor) const {
  if (options().rules.tag_header.empty()) return true;
  std::size_t tags = 0;
  for (const RuleHit& hit : judge_->outcome().hits) {
    if (hit.shadow || hit.action < Action::kTag || tags++ == kMostTags) continue;
    if (!editor.AddHeader(options().rules.tag_header, FormatTag(hit))) return false;
  }
  return true;
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
  report.account = account_;
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
    const std::string& who = account_.empty() ? facts_.sender : account_;
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
