#include "milters/dmarc/arrival_handler.h"

#include <algorithm>
#include <utility>

#include "common/auth/dkim_signer.h"
#include "common/base/strings.h"
#include "common/mail/author.h"
#include "common/mail/authserv_id.h"
#include "common/milter/message_record.h"
#include "milters/dmarc/arrival_report.h"
#include "milters/dmarc/results.h"

namespace gatepost::dmarc {
namespace {

// One more than enough to know that there are several, and room to judge them all.
constexpr std::size_t kMaxFromFields = 10;
constexpr std::size_t kMaxRecipients = 50;
constexpr std::size_t kMaxAuthorDomains = 10;
// Of one message, by all its checks together. SPF may need 110, and a policy eight for each domain.
constexpr std::size_t kMaxQuestions = 200;

auth::VerifierLimits MakeLimits(const DkimChecks& checks) {
  auth::VerifierLimits limits;
  limits.max_signatures = static_cast<std::size_t>(checks.max_signatures);
  limits.min_rsa_bits = static_cast<unsigned>(checks.min_rsa_bits);
  limits.partial_body_passes = checks.partial_body_passes;
  return limits;
}

auth::ArcLimits MakeArcLimits(const DkimChecks& checks) {
  auth::ArcLimits limits;
  limits.signature = MakeLimits(checks);
  return limits;
}

std::optional<auth::ArcSealer> MakeSealer(const DmarcConfiguration& configuration,
                                          const base::Clock& clock) {
  if (!configuration.seal_key) return std::nullopt;
  auth::SealRequest request;
  request.domain = configuration.options.arc.seal_domain;
  request.selector = configuration.options.arc.seal_selector;
  request.key = configuration.seal_key;
  const auth::HeaderSelection& selection = auth::HeaderSelection::Default();
  request.signed_names = selection.oversign;
  request.signed_names.insert(request.signed_names.end(), selection.sign.begin(),
                              selection.sign.end());
  return std::make_optional<auth::ArcSealer>(std::move(request), clock);
}

// What stands between the last "<" and ">" of a List-Id (RFC 2919), lower-case.
std::string ListId(std::string_view value) {
  const std::size_t open = value.rfind('<');
  const std::size_t close = value.rfind('>');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return "";
  return base::ToLower(base::Trim(value.substr(open + 1, close - open - 1)));
}

ClientFacts DescribeClient(const MessageContext& context) {
  ClientFacts client;
  client.address = context.connection.client;
  client.helo = context.connection.helo;
  client.authenticated = !context.envelope.sasl_user.empty();
  client.local = context.envelope.local_submission || context.connection.client.IsLoopback();
  client.reverse_path = context.envelope.reverse_path;
  return client;
}

}  // namespace

ArrivalHandler::ArrivalHandler(MessageContext context)
    : context_(std::move(context)),
      store_time_left_(context_.site.store_deadline),
      forged_(context_.configuration->authserv_id),
      tags_(options().results.tag_header),
      trusts_(options().results.trust_header),
      resolver_(context_.site.resolver, kMaxQuestions),
      lookups_(*context_.configuration, resolver_),
      dkim_(MakeLimits(options().dkim), resolver_, context_.site.clock),
      arc_(MakeArcLimits(options().dkim), resolver_, context_.site.clock),
      sealer_(MakeSealer(*context_.configuration, context_.site.clock)) {}

ArrivalHandler::~ArrivalHandler() = default;

milter::Verdict ArrivalHandler::OnMailFrom() {
  facts_.client = DescribeClient(context_);
  lookups_.StartEnvelope(context_.connection, context_.envelope, context_.site.clock.Wall());
  return milter::Verdict::Continue();
}

milter::Verdict ArrivalHandler::OnRecipient(const milter::Recipient& recipient) {
  if (facts_.client.recipients.size() < kMaxRecipients) {
    facts_.client.recipients.emplace_back(recipient.path);
  } else {
    facts_.client.more_recipients = true;
  }
  lookups_.Advance();
  return milter::Verdict::Continue();
}

milter::Verdict ArrivalHandler::OnHeader(mail::HeaderField&& field) {
  forged_.OnHeader(field);
  tags_.OnHeader(field);
  trusts_.OnHeader(field);
  if (field.Is("List-Id")) facts_.list_id = ListId(field.value);
  if (field.Is("From") && from_values_.size() <= kMaxFromFields) {
    from_values_.push_back(field.value);
  }
  dkim_.OnHeader(std::move(field));
  return milter::Verdict::Continue();
}

milter::Verdict ArrivalHandler::OnEndOfHeaders() {
  NoteAuthor();
  dkim_.OnEndOfHeaders(facts_.author.domain);
  arc_.OnEndOfHeaders(dkim_.fields());
  lookups_.StartMessage(facts_.author, dkim_.signing_domains());
  return milter::Verdict::Continue();
}

// Of several fields every author counts, so that the strictest of their policies can be followed.
// What names more of them than we look at is no list of authors: nobody hides behind the others.
void ArrivalHandler::NoteAuthor() {
  const std::vector<std::string_view> values(from_values_.begin(), from_values_.end());
  mail::Author& author = facts_.author;
  author = mail::EvaluateAuthor(values);
  if (author.problem == mail::AuthorProblem::kSeveralFields) {
    author.addresses.clear();
    for (const std::string_view value : values) {
      const auto list = mail::ParseAddressList(value);
      if (!list) author.problem = mail::AuthorProblem::kUnparsable;
      if (list) std::ranges::copy(list->mailboxes, std::back_inserter(author.addresses));
    }
  }
  if (values.size() > kMaxFromFields || AuthorDomains(author).size() > kMaxAuthorDomains) {
    author.problem = mail::AuthorProblem::kUnparsable;
    author.addresses.clear();
  }
}

milter::Verdict ArrivalHandler::OnBody(std::span<const std::byte> chunk) {
  dkim_.OnBody(chunk);
  arc_.OnBody(chunk);
  if (sealer_) sealer_->OnBody(chunk);
  return milter::Verdict::Continue();
}

milter::Verdict ArrivalHandler::OnEndOfMessage(milter::MessageEditor& editor) {
  began_ = context_.site.clock.Steady();
  facts_.client.queue_id = context_.envelope.queue_id;
  if (IsFlooded()) {
    RefuseFlood();
  } else {
    Judge();
  }
  milter::Verdict verdict = Act(editor);
  TellAll();
  return verdict;
}

bool ArrivalHandler::IsFlooded() const {
  return forged_.TooMany() || tags_.TooMany() || trusts_.TooMany();
}

// Postfix reads the whole header for each field that is to be removed.
void ArrivalHandler::RefuseFlood() {
  AddFinding(
      {"results",
       RuleMode::kEnforce,
       Action::kRefuse,
       "too many fields that speak in our name",
       {550, "5.7.1", {"The message has too many header fields that only its receiver writes"}}},
      decision_);
}

void ArrivalHandler::Judge() {
  FindOut();
  AskReputation();
  decision_ = Decide(options(), facts_);
  if (decision_.greylist_candidate) AskGreylist();
}

void ArrivalHandler::TellAll() {
  Tell(context_, facts_, decision_, began_);
  TellLists(context_, lookups_.list_changes());
  // Who was asked to come back is judged when he does.
  if (decision_.action == Action::kDefer) return;
  CollectRow(context_, facts_, decision_);
  QueueFailureReports(context_, facts_, decision_, dkim_.fields());
  TellReputation(context_, facts_, decision_);
}

// All look-ups wait together, so one deadline serves them.
void ArrivalHandler::FindOut() {
  const base::Deadline deadline = std::chrono::steady_clock::now() + options().budget;
  lookups_.Finish(deadline);
  facts_.dkim = dkim_.Finish(deadline);
  facts_.arc = arc_.Finish(deadline);
  lookups_.Fill(facts_);
  lookups_.DecideDmarc(facts_);
}

// All questions to the store share one time.
template <class Ask>
auto ArrivalHandler::AskStore(Ask ask) {
  const base::SteadyTime began = std::chrono::steady_clock::now();
  auto answer = ask(began + store_time_left_);
  store_time_left_ -= std::min(store_time_left_, std::chrono::steady_clock::now() - began);
  return answer;
}

void ArrivalHandler::AskReputation() {
  if (!options().reputation.enabled) return;
  using reputation::Subject;
  std::vector<Subject> subjects{Subject::Address(facts_.client.address),
                                Subject::Network(facts_.client.address)};
  const auto aligned = AlignedDomain(facts_);
  if (aligned) subjects.push_back(Subject::Domain(*aligned));
  const auto standings = AskStore(
      [&](base::Deadline deadline) { return context_.site.reputation.Look(subjects, deadline); });
  ReputationFacts& found = facts_.reputation;
  found.asked = true;
  found.address = standings[0].score;
  found.network = standings[1].score;
  if (aligned) found.domain = standings[2].score;
  found.known = std::ranges::any_of(standings, &reputation::Standing::known);
}

void ArrivalHandler::AskGreylist() {
  const GreylistAnswer answer = AskStore([&](base::Deadline deadline) {
    return context_.site.greylist.Ask(
        {facts_.client.address, facts_.client.reverse_path, facts_.client.recipients}, deadline);
  });
  context_.site.journal.Count(std::string("dmarc.greylist.") += Name(answer.outcome));
  if (!answer.reason.empty()) log::Warning("greylist_unavailable").With("reason", answer.reason);
  if (answer.passes()) return;
  AddFinding(
      AskToComeBack(options().greylist, "seconds_left=" + std::to_string(answer.left.count())),
      decision_);
}

milter::Verdict ArrivalHandler::Act(milter::MessageEditor& editor) {
  if (decision_.action == Action::kRefuse) return milter::Verdict::Reject(DecidingReply());
  if (decision_.action == Action::kDefer) return milter::Verdict::TempFail(DecidingReply());
  AskStore([&](base::Deadline deadline) {
    ShareResult(context_, facts_, decision_, deadline);
    return true;
  });
  if (!Edit(editor)) return Trouble("the mail server refused an edit");
  return milter::Verdict::Continue();
}

milter::Reply ArrivalHandler::DecidingReply() const {
  return milter::WithReference(decision_.findings[*decision_.deciding].reply, context_.envelope);
}

// Each insertion goes to the top, so the last one made comes to stand there.
bool ArrivalHandler::Edit(milter::MessageEditor& editor) {
  const std::string results = mail::FormatAuthenticationResults(context_.configuration->authserv_id,
                                                                ToMethodResults(facts_, decision_));
  return forged_.Remove(editor) && Tag(editor) && AddResults(editor, results) &&
         Seal(editor, results) &&
         (decision_.action != Action::kHold || editor.Quarantine("held by policy"));
}

bool ArrivalHandler::AddResults(milter::MessageEditor& editor, const std::string& results) {
  if (options().results.received_spf &&
      !editor.InsertHeader(0, "Received-SPF",
                           FormatReceivedSpf(facts_, context_.configuration->hostname))) {
    return false;
  }
  return editor.InsertHeader(0, mail::kAuthenticationResults, results);
}

// A message that may not be sealed goes on without: its chain is broken for good.
bool ArrivalHandler::Seal(milter::MessageEditor& editor, const std::string& results) {
  if (!sealer_) return true;
  const auto seal = sealer_->Seal(dkim_.fields(), facts_.arc, results);
  if (!seal) {
    log::Line line(log::Level::kWarning, "not_sealed");
    milter::Describe(context_.connection, context_.envelope, line);
    line.With("reason", seal.error().message);
    return true;
  }
  const auto insert = [&](const mail::HeaderField& field) {
    return editor.InsertHeader(0, field.name, field.value);
  };
  return insert(seal->authentication_results) && insert(seal->message_signature) &&
         insert(seal->seal);
}

// What a Sieve filter sorts by. Those that came with the message are somebody else's words.
bool ArrivalHandler::Tag(milter::MessageEditor& editor) {
  const ResultHeaders& headers = options().results;
  if (!tags_.Remove(editor) || !trusts_.Remove(editor)) return false;
  if (!headers.trust_header.empty() &&
      !editor.InsertHeader(0, headers.trust_header, " " + FormatTrust(decision_.trust))) {
    return false;
  }
  const std::string tags = FormatTags(decision_);
  if (tags.empty() || headers.tag_header.empty()) return true;
  return editor.InsertHeader(0, headers.tag_header, " " + tags);
}

milter::Verdict ArrivalHandler::Trouble(std::string evidence) {
  AddFinding({"results",
              RuleMode::kEnforce,
              Action::kDefer,
              std::move(evidence),
              {451, "4.3.0", {"The message cannot be checked at the moment"}}},
             decision_);
  return milter::Verdict::TempFail(DecidingReply());
}

}  // namespace gatepost::dmarc
