#include "milters/ratelimit/counting_handler.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/warmup/counts.h"
#include "milters/ratelimit/charge_policy.h"

namespace gatepost::ratelimit {
namespace {

using limits::By;
using limits::Charges;
using limits::Mode;
using limits::Outcome;
using milter::Verdict;

// Beyond it a message is not read for its stream: rules look at fields that stand early.
constexpr std::size_t kMostFields = 2'000;
// At most this much header and body between fields, as Postfix writes them.
constexpr std::int64_t kFieldOverhead = 3;  // ":" and the line's end

bool IsLocal(const WebMailRules& rules, const base::IpAddress& client) {
  return client.IsLoopback() || base::AnyContains(rules.networks, client);
}

std::optional<accounts::Account> FindAccount(const MessageContext& context) {
  if (context.envelope.sasl_user.empty()) return std::nullopt;
  return context.configuration->names->Canonicalize(context.envelope.sasl_user);
}

std::string SenderDomain(const MessageContext& context) {
  const auto path = mail::ParsePath(context.envelope.reverse_path);
  return path ? path->domain.ascii() : "";
}

// Of hosts that many users share the address is nobody's.
base::IpAddress CountedClient(const MessageContext& context) {
  const RatelimitOptions& options = context.configuration->options;
  const base::IpAddress& client = context.connection.client;
  const bool shared =
      IsLocal(options.web_mail, client) || base::AnyContains(options.exempt.networks, client);
  return shared ? base::IpAddress() : client;
}

Verdict ToVerdict(milter::Reply reply) {
  return reply.code >= 500 ? Verdict::Reject(std::move(reply))
                           : Verdict::TempFail(std::move(reply));
}

}  // namespace

CountingHandler::CountingHandler(MessageContext context)
    : context_(std::move(context)),
      account_(FindAccount(context_)),
      sender_domain_(SenderDomain(context_)),
      subjects_({account_, context_.envelope.reverse_path, CountedClient(context_)},
                *context_.configuration->names),
      reputation_(context_, account_, subjects_.client()),
      message_(*context_.configuration->limits),
      warm_up_(context_.site.warm_up, *context_.configuration),
      budget_(context_.site.clock, context_.site.store_deadline),
      reservation_(context_.site.ledger.Begin()),
      watch_(context_, account_, subjects_.Text(By::kUser), report_) {
  const RatelimitConfiguration& configuration = *context_.configuration;
  const auto stream =
      configuration.streams->FindWithoutHeaders(account_ ? account_->name : "", sender_domain_);
  stream_known_ = stream.has_value() || !configuration.asks_streams_of_headers;
  stream_ = stream.value_or("");
  if (stream_known_) reputation_.SetStream(stream_);
}

// A message without an end gives back what it reserved. Nobody needs to hear of it unless something
// was refused.
CountingHandler::~CountingHandler() {
  if (accepted_ > 0 && !committed_) {
    budget_.Spend([&](base::Deadline deadline) { reservation_.Release(deadline); });
  }
  if (told_ || !report_.refused_any()) return;
  try {
    Tell(last_refusal_);
  } catch (const std::exception& error) {
    log::Error("not_recorded").With("reason", error.what());
  }
}

// -- at a recipient -------------------------------------------------------------------------------

Verdict CountingHandler::OnRecipient(const milter::Recipient& recipient) {
  if (recipient.refused) return NoteUnknown(recipient);
  auto refusal = CheckRecipient(recipient);
  if (refusal && !cannot_refuse()) return *std::move(refusal);
  ++accepted_;
  return Verdict::Continue();
}

CountingHandler::Refusal CountingHandler::CheckRecipient(const milter::Recipient& recipient) {
  if (auto refusal = CheckSender()) return refusal;
  if (auto refusal = CheckRecipientCount()) return refusal;
  subjects_.SetRecipient(recipient.path);
  return ReserveFor(recipient);
}

CountingHandler::Refusal CountingHandler::CheckSender() {
  if (auto refusal = CheckSuspension()) return refusal;
  return CheckWebMail();
}

CountingHandler::Refusal CountingHandler::CheckSuspension() {
  if (!account_) return std::nullopt;
  const auto suspension = context_.site.suspensions.Find(account_->name);
  throttled_ = suspension && suspension->level == accounts::Suspension::Level::kThrottle;
  if (!suspension || throttled_) return std::nullopt;
  return Refuse("suspended", accounts::SuspendedReply(*suspension, Reference()),
                "by " + suspension->by);
}

CountingHandler::Refusal CountingHandler::CheckWebMail() {
  const RatelimitOptions& options = context_.configuration->options;
  const bool asked = options.web_mail.mode != RuleMode::kOff && !account_ &&
                     !context_.envelope.reverse_path.empty() &&
                     !context_.envelope.local_submission &&
                     IsLocal(options.web_mail, context_.connection.client);
  if (!asked) return std::nullopt;
  if (options.web_mail.mode == RuleMode::kShadow) {
    report_.NoteShadow("web_mail", "nobody logged in");
    return std::nullopt;
  }
  return Refuse("web_mail", NeedsUserReply(ToAddressee()), "nobody logged in");
}

CountingHandler::Refusal CountingHandler::CheckRecipientCount() {
  const LimitRules& rules = context_.configuration->options.limits;
  if (accepted_ == 0 || rules.recipients_per_message_mode == RuleMode::kOff) return std::nullopt;
  const std::int64_t most = MostRecipients();
  if (accepted_ < most) return std::nullopt;
  if (rules.recipients_per_message_mode == RuleMode::kShadow) {
    report_.NoteShadow("recipients_per_message", "more than " + std::to_string(most));
    return std::nullopt;
  }
  return Refuse("recipients_per_message", TooManyRecipientsReply(most, ToAddressee()),
                "more than " + std::to_string(most));
}

// Asked from the second recipient on, once a message.
std::int64_t CountingHandler::MostRecipients() {
  if (most_recipients_) return *most_recipients_;
  const std::int64_t usual = context_.configuration->options.limits.recipients_per_message;
  const auto overrides = context_.site.overrides.Current();
  const limits::ExceptionView view(context_.configuration->limits->table(), overrides.get(),
                                   subjects_, context_.site.clock.Wall());
  const std::int64_t most = view.MostRecipients(usual == 0 ? limits::kUnlimited : usual);
  most_recipients_ = most == limits::kUncounted ? limits::kUnlimited : most;
  return *most_recipients_;
}

CountingHandler::Refusal CountingHandler::ReserveFor(const milter::Recipient& recipient) {
  reputation_.Look(budget_);
  Charges charges = ChargesOfRecipient();
  warm_up_.AddRecipient(recipient, ToWarmUp(), charges);
  watch_.LearnTerms(charges);
  const auto watch = watch_.AtRecipient(subjects_.recipient(), false);
  const bool asks = context_.configuration->learns_recipients &&
                    (!charges.subjects.empty() || message_.asks_whether_new());
  const auto asked = asks ? limits::MakeAcquaintance(subjects_) : limits::Acquaintance();
  std::optional<base::Result<Signals>> signals;
  Outcome outcome;
  auto refusal = Reserve(charges, asked, watch, signals, outcome);
  // What is refused is judged, too: who runs into limits must not hide behind them.
  const bool seen = signals && *signals;  // else the store is away
  auto stopped = seen ? Judge(**signals) : std::nullopt;
  if (stopped) return stopped;
  if (refusal) return refusal;
  message_.Accept(subjects_, charges, outcome);
  if (seen) watch_.NoteAccepted(**signals);
  return std::nullopt;
}

WarmUpTable::Mail CountingHandler::ToWarmUp() const {
  const auto stream = stream_known_ ? std::optional<std::string_view>(stream_) : std::nullopt;
  return {account_ ? std::string_view(account_->name) : "", sender_domain_, stream};
}

// One that the mail server itself refuses. Only those that do not exist tell of guessing.
Verdict CountingHandler::NoteUnknown(const milter::Recipient& recipient) {
  if (!recipient.refusal_code.starts_with("5.1.")) return Verdict::Continue();
  context_.site.journal.Count("ratelimit.unknown_recipient");
  reputation_.NoteUnknownRecipient();
  // Of a suspended one there is nothing more to find out.
  if (!watch_.watches() || CheckSuspension()) return Verdict::Continue();
  subjects_.SetRecipient(recipient.path);
  if (!watch_.knows_terms()) watch_.LearnTerms(ChargesOfRecipient());
  const auto watch = watch_.AtRecipient(subjects_.recipient(), true);
  std::optional<base::Result<Signals>> signals;
  Outcome outcome;
  // It is only watched: one that does not exist must not become known.
  Reserve({}, {}, watch, signals, outcome);
  if (signals && *signals) Judge(**signals);  // the next recipient meets the suspension
  return Verdict::Continue();
}

CountingHandler::Refusal CountingHandler::Judge(const Signals& signals) {
  if (!watch_.Judge(signals, throttled_, Reference())) return std::nullopt;
  return CheckSuspension();
}

// -- at the end -----------------------------------------------------------------------------------

Verdict CountingHandler::OnHeader(mail::HeaderField&& field) {
  bytes_ += static_cast<std::int64_t>(field.name.size() + field.value.size()) + kFieldOverhead;
  if (!stream_known_ && fields_.size() < kMostFields) fields_.push_back(std::move(field));
  return Verdict::Continue();
}

Verdict CountingHandler::OnBody(std::span<const std::byte> chunk) {
  bytes_ += static_cast<std::int64_t>(chunk.size());
  return Verdict::Continue();
}

Verdict CountingHandler::OnEndOfMessage(milter::MessageEditor& editor) {
  if (auto refusal = CheckSuspension()) return *std::move(refusal);
  auto rest = ReserveRest();
  if (rest && !cannot_refuse()) return *std::move(rest);
  auto unheld = HoldWarmUp(editor);
  if (unheld && !cannot_refuse()) return *std::move(unheld);
  AddWarning(editor);
  Commit();
  const bool held = HoldLocal(editor) || warm_up_.over();
  Tell(held ? "hold" : "pass");
  PostWarnings();
  return Verdict::Continue();
}

// What only the end shows: the stream that a header decided, and the bytes beyond SIZE=, which was
// missing or a lie. One request for all recipients.
CountingHandler::Refusal CountingHandler::ReserveRest() {
  const bool late = !stream_known_;
  if (late) {
    stream_ = context_.configuration->streams->Find(account_ ? account_->name : "", sender_domain_,
                                                    fields_);
    stream_known_ = true;
    reputation_.SetStream(stream_);
    reputation_.Look(budget_);
  }
  const std::int64_t bytes = context_.configuration->counts_bytes ? bytes_ : 0;
  const auto overrides = context_.site.overrides.Current();
  Charges charges =
      message_.AtEnd(subjects_, {bytes, late ? stream_ : std::string_view()},
                     {overrides.get(), context_.site.clock.Wall(), reputation_.scores()});
  warm_up_.AddRest(ToWarmUp(), charges);
  std::optional<base::Result<Signals>> none;
  Outcome outcome;
  return Reserve(charges, {}, std::nullopt, none, outcome);
}

// Over the allowance of a new address. What cannot be held stays with the client.
CountingHandler::Refusal CountingHandler::HoldWarmUp(milter::MessageEditor& editor) {
  if (!warm_up_.over() || warm_up_.Hold(editor, context_.envelope.queue_id)) return std::nullopt;
  return Refuse("warmup", NoAnswerReply(ToAddressee()), "it cannot be held");
}

// For somebody to look at. Where the mail server cannot hold, it goes.
bool CountingHandler::HoldLocal(milter::MessageEditor& editor) const {
  return over_ && context_.configuration->holds_local_mail() &&
         editor.Quarantine("over a limit of this host's own programs");
}

void CountingHandler::Commit() {
  committed_ = true;
  warm_up_.Count();
  if (accepted_ == 0) return;
  reputation_.NoteAccepted(accepted_);
  // A connection that was agreed on before a reload may not show header and body.
  const std::int64_t bytes =
      bytes_ > 0 ? bytes_ : static_cast<std::int64_t>(context_.envelope.declared_bytes);
  std::vector<store::Store::ScriptCall> beside;
  const auto watch = watch_.AtCommit(accepted_);
  if (watch) beside.push_back(watch->script());
  budget_.Spend([&](base::Deadline deadline) { reservation_.Commit(bytes, deadline, beside); });
}

// Only what is the user's own: others' use of a pool or a recipient is not for him to see.
bool CountingHandler::IsNear(const Standing& standing) const {
  return standing.amount > 0 && standing.limit->by == std::vector{By::kUser} &&
         standing.limit->mode == Mode::kEnforce &&
         standing.used * 100 >= standing.amount * context_.configuration->options.warning.percent;
}

void CountingHandler::AddWarning(milter::MessageEditor& editor) {
  if (!context_.configuration->options.warning.header || !account_) return;
  for (const Standing& standing : report_.standings()) {
    if (!IsNear(standing)) continue;
    const std::string value = " " + std::to_string(standing.used) + " of " +
                              DescribeAmount(standing.amount, *standing.limit) + " used";
    // Nothing depends on it, so a mail server that does not take it is no reason to refuse.
    static_cast<void>(editor.AddHeader("X-Gatepost-Limit", value));
  }
}

void CountingHandler::PostWarnings() {
  if (!context_.configuration->options.warning.notice || !account_) return;
  for (const Standing& standing : report_.standings()) {
    if (!IsNear(standing)) continue;
    context_.site.notices.Post(
        {NoticeKind::kLimitNear,
         account_->name,
         {{"used", std::to_string(standing.used)},
          {"percent", std::to_string(standing.used * 100 / standing.amount)}},
         standing.limit->name,
         standing.limit->window,
         {},
         NoticeFacts::NamedLimit{standing.amount, *standing.limit}});
  }
}

// -- what both need -------------------------------------------------------------------------------

Charges CountingHandler::ChargesOfRecipient() {
  const auto overrides = context_.site.overrides.Current();
  const auto stream = stream_known_ ? std::optional<std::string_view>(stream_) : std::nullopt;
  Charges charges = message_.AtRecipient(
      subjects_, stream, static_cast<std::int64_t>(context_.envelope.declared_bytes),
      {overrides.get(), context_.site.clock.Wall(), reputation_.scores()});
  if (throttled_ && accepted_ == 0) {
    AddThrottle(context_.configuration->throttle, subjects_.Text(By::kUser), charges);
  }
  return charges;
}

// Reserves; with `watch`, tells the store of it in the same round trip.
CountingHandler::Refusal CountingHandler::Reserve(const Charges& charges,
                                                  const limits::Acquaintance& acquaintance,
                                                  const std::optional<WatchCall>& watch,
                                                  std::optional<base::Result<Signals>>& signals,
                                                  Outcome& outcome) {
  std::vector<store::Store::ScriptCall> beside;
  if (watch) beside.push_back(watch->script());
  if (charges.subjects.empty() && acquaintance.account_subject.empty() && beside.empty()) {
    return std::nullopt;
  }
  std::vector<base::Result<std::vector<std::int64_t>>> results;
  outcome = budget_.Spend([&](base::Deadline deadline) {
    return reservation_.Reserve(charges.subjects, acquaintance, deadline, beside, &results);
  });
  if (!results.empty()) signals = ReadSignals(results.front());
  if (!outcome.shared) report_.NoteAlone();
  NoteStandings(charges, outcome);
  warm_up_.Note(charges, outcome);
  if (outcome.reserved) return std::nullopt;
  return RefuseShortage(charges, outcome);
}

void CountingHandler::NoteStandings(const Charges& charges, const Outcome& outcome) {
  for (std::size_t i = 0; i < outcome.charges.size(); ++i) {
    for (std::size_t j = 0; j < outcome.charges[i].size(); ++j) {
      const limits::Charge& charge = charges.subjects[i].charges[j];
      const limits::ChargeOutcome& standing = outcome.charges[i][j];
      const bool fits = standing.room_in.count() == 0;
      report_.NoteStanding(
          {charges.limits[i][j], charges.subjects[i].subject, charge.limit,
           standing.used + (fits && outcome.reserved ? charge.amount : 0), standing.room_in,
           standing.refused, !fits,
           limits::ReputationPercent(*charges.limits[i][j], reputation_.scores())});
    }
  }
}

// Of several limits without room the one that takes longest is told: before it nothing passes.
Verdict CountingHandler::RefuseShortage(const Charges& charges, const Outcome& outcome) {
  const auto longest = FindLongestShortage(charges, outcome);
  if (!longest) return Refuse("limits", NoAnswerReply(ToAddressee()), "no limit was named");
  const Shortage& shortage = longest->shortage;
  reputation_.NoteShortage(shortage.limit);
  context_.site.journal.Report({"limit_reached", longest->subject,
                                DescribeAmount(shortage.amount, shortage.limit) + ", " +
                                    std::to_string(shortage.outcome.used) + " used"});
  const bool throttle = &shortage.limit == &context_.configuration->throttle;
  milter::Reply reply = throttle ? ThrottledReply(shortage, ToAddressee())
                        : &shortage.limit == &warmup::DayLimit()
                            ? WarmUpReply(shortage, ToAddressee())
                            : ShortageReply(shortage, ToAddressee());
  return Refuse(shortage.limit.name, std::move(reply), longest->subject);
}

Verdict CountingHandler::Refuse(std::string_view rule, milter::Reply reply, std::string evidence) {
  last_refusal_ = reply.code >= 500 ? "refuse" : "defer";
  over_ = cannot_refuse();
  if (over_) {
    report_.NoteOver(rule, std::move(evidence));
  } else {
    report_.NoteRefusal(rule, reply, std::move(evidence));
  }
  return ToVerdict(std::move(reply));
}

void CountingHandler::Tell(std::string_view verdict) {
  told_ = true;
  reputation_.Describe(report_);
  const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(budget_.spent());
  report_.Send(context_, verdict, Reference(), spent, accepted_);
}

Addressee CountingHandler::ToAddressee() const {
  return {account_.has_value(), context_.configuration->options.limits.contact, Reference(),
          context_.site.clock.Wall()};
}

// The queue id is not known before the first recipient is accepted.
const std::string& CountingHandler::Reference() const {
  return context_.envelope.queue_id.empty() ? reservation_.id() : context_.envelope.queue_id;
}

}  // namespace gatepost::ratelimit
