#include "milters/dkim/signing_handler.h"

#include <algorithm>
#include <utility>

#include "common/mail/address.h"
#include "common/mail/author.h"
#include "milters/dkim/old_signatures.h"

namespace gatepost::dkim {
namespace {

const base::Error kRefusedEdit{base::ErrorKind::kUnavailable, "the mail server refused an edit"};
constexpr std::size_t kMaxFields = 20'000;
constexpr std::size_t kMaxHeaderBytes = std::size_t{16} << 20;

auth::SignatureRequest MakeRequest(const DkimOptions& options, const KeyRow& row,
                                   std::shared_ptr<const auth::PrivateKey> key) {
  const CanonicalizationPair methods = ToPair(options.canonicalization);
  auth::SignatureRequest request;
  request.domain = row.signing_domain;
  request.selector = row.selector;
  request.key = std::move(key);
  request.header_method = row.header_method.value_or(methods.header);
  request.body_method = row.body_method.value_or(methods.body);
  request.expires_after = row.expires_after;
  if (!request.expires_after && options.expire.count() > 0) {
    request.expires_after = std::chrono::duration_cast<std::chrono::seconds>(options.expire);
  }
  return request;
}

}  // namespace

SigningHandler::SigningHandler(MessageContext context, std::string_view origin)
    : context_(std::move(context)),
      origin_(origin),
      forged_(context_.configuration->authserv_id),
      long_lines_(static_cast<std::size_t>(context_.configuration->options.line_limit)) {}

milter::Verdict SigningHandler::OnHeader(mail::HeaderField&& field) {
  forged_.OnHeader(field);
  header_bytes_ += field.name.size() + field.value.size();
  if (fields_.size() >= kMaxFields || header_bytes_ > kMaxHeaderBytes) {
    header_too_large_ = true;
    return milter::Verdict::Continue();
  }
  long_lines_.OnHeader(field);
  fields_.push_back(std::move(field));
  return milter::Verdict::Continue();
}

SenderFacts SigningHandler::CollectFacts() {
  SenderFacts facts;
  std::vector<std::string_view> from_values;
  for (const mail::HeaderField& field : fields_) {
    if (field.Is("From")) from_values.push_back(field.value);
  }
  const mail::Author author = mail::EvaluateAuthor(from_values);
  facts.author_domain = author.domain;
  facts.author_problem = mail::Name(author.problem);
  if (const auto sender = mail::ParsePath(context_.envelope.reverse_path)) {
    facts.envelope_domain = sender->domain;
  }
  facts.sasl_user = context_.envelope.sasl_user;
  FindStream(facts.envelope_domain);
  facts.stream = stream_;
  return facts;
}

void SigningHandler::FindStream(const std::optional<mail::Domain>& envelope_domain) {
  const DkimConfiguration& configuration = *context_.configuration;
  const std::string& user = context_.envelope.sasl_user;
  const std::string account = user.empty() ? "" : configuration.accounts->Canonicalize(user).name;
  const std::string_view domain = envelope_domain ? envelope_domain->ascii() : std::string_view();
  stream_ = configuration.streams->Find(account, domain, fields_);
}

milter::Verdict SigningHandler::OnEndOfHeaders() {
  began_ = context_.clock.Steady();
  trouble_.reset();
  if (header_too_large_) {
    trouble_ = {base::ErrorKind::kLimit, "the header is too large"};
    return milter::Verdict::Continue();
  }
  const DkimConfiguration& configuration = *context_.configuration;
  const SenderTable* const senders = configuration.senders ? &*configuration.senders : nullptr;
  decision_ =
      DecideSigning(configuration.options.rules, configuration.keys, senders, CollectFacts());
  if (decision_.kind == SigningDecision::Kind::kSign) OpenKeysAndBeginSigning();
  return milter::Verdict::Continue();
}

void SigningHandler::OpenKeysAndBeginSigning() {
  std::vector<auth::SignatureRequest> requests;
  for (const KeyRow& row : decision_.keys) {
    auto key = context_.configuration->key_cache.Get(row);
    if (!key) {
      // Whatever the file holds, it is not the message's fault.
      trouble_ = {base::ErrorKind::kInternal, key.error().message};
      context_.journal.Report({"key_unusable", row.signing_domain, key.error().message});
      return;
    }
    requests.push_back(MakeRequest(context_.configuration->options, row, *std::move(key)));
  }
  if (context_.configuration->options.replace_own) {
    old_signatures_ = FindOldSignatures(fields_, decision_.keys);
  }
  signer_.emplace(std::move(requests), auth::HeaderSelection::Default(), std::move(fields_));
}

milter::Verdict SigningHandler::OnBody(std::span<const std::byte> chunk) {
  if (signer_) {
    signer_->OnBody(chunk);
    long_lines_.OnBody(chunk);
  }
  return milter::Verdict::Continue();
}

// On submission nobody before us has written Authentication-Results, so those that our users send
// along are forged in every mode. Mail of networks and services may have passed gatepost-dmarc.
bool SigningHandler::StripsForgedResults() const {
  return context_.configuration->options.mode == Mode::kBoth || origin_ == milter::kAuthenticated ||
         origin_ == milter::kLocal;
}

milter::Verdict SigningHandler::OnEndOfMessage(milter::MessageEditor& editor) {
  if (forged_.TooMany()) {
    return RefuseMessage("authserv_id", "5.7.1", "too many Authentication-Results fields",
                         "The message has too many Authentication-Results fields");
  }
  if (old_signatures_.size() > milter::ForgedResults::kMost) {
    return RefuseMessage("replace_own", "5.7.1", "too many old signatures",
                         "The message has too many DKIM-Signature fields");
  }
  if (StripsForgedResults() && !forged_.Remove(editor)) return Trouble(kRefusedEdit);
  if (trouble_) return Trouble(*trouble_);
  if (!signer_) return NotSigned();
  const bool refuses = context_.configuration->options.long_lines == LongLineAction::kRefuse;
  if (refuses && long_lines_.Found()) return RefuseLongLines();
  return SignAndEdit(editor);
}

milter::Verdict SigningHandler::SignAndEdit(milter::MessageEditor& editor) {
  const auto signatures = signer_->Finish(context_.clock.Wall());
  if (!signatures) return Trouble(signatures.error());
  if (!RemoveOldSignatures(editor)) return Trouble(kRefusedEdit);
  // The last one inserted stands on top: the first key's, which old verifiers try first.
  for (auto signature = signatures->rbegin(); signature != signatures->rend(); ++signature) {
    if (!editor.InsertHeader(0, "DKIM-Signature", *signature)) return Trouble(kRefusedEdit);
  }
  return Signed();
}

bool SigningHandler::RemoveOldSignatures(milter::MessageEditor& editor) const {
  return std::all_of(old_signatures_.rbegin(), old_signatures_.rend(),
                     [&](int instance) { return editor.DeleteHeader("DKIM-Signature", instance); });
}

milter::Verdict SigningHandler::Signed() {
  std::string keys;
  for (const KeyRow& row : decision_.keys) {
    keys += (keys.empty() ? "" : ",") + row.selector + "._domainkey." + row.signing_domain;
  }
  if (long_lines_.Found()) WarnOfLongLines();
  log::Line line(log::Level::kInfo, "signed");
  Describe(context_, line);
  line.With("keys", keys).With("origin", origin_).With("rule", decision_.rule);
  if (!stream_.empty()) line.With("stream", stream_);
  context_.journal.Count("dkim.signed");
  Record("accept", decision_.rule, "sign", keys);
  return milter::Verdict::Continue();
}

void SigningHandler::WarnOfLongLines() {
  log::Line line(log::Level::kWarning, "signature_will_break");
  Describe(context_, line);
  line.With("longest_line", static_cast<std::int64_t>(long_lines_.longest()))
      .With("reason", "Postfix will wrap lines over line_limit after signing");
  context_.journal.Count("dkim.long_lines");
}

milter::Verdict SigningHandler::NotSigned() {
  if (decision_.kind == SigningDecision::Kind::kRefuse) {
    return RefuseMessage(decision_.rule, "5.7.1", decision_.reason, decision_.reply);
  }
  log::Line line(log::Level::kInfo, "not_signed");
  Describe(context_, line);
  line.With("origin", origin_).With("rule", decision_.rule).With("reason", decision_.reason);
  context_.journal.Count("dkim.not_signed");
  Record("accept", decision_.rule, "pass", decision_.reason);
  return milter::Verdict::Continue();
}

milter::Verdict SigningHandler::RefuseLongLines() {
  const auto limit = std::to_string(context_.configuration->options.line_limit);
  return RefuseMessage("long_lines", "5.6.0",
                       "a line of " + std::to_string(long_lines_.longest()) + " octets",
                       "The message has a line of more than " + limit +
                           " octets; please send it as quoted-printable or base64");
}

milter::Verdict SigningHandler::RefuseMessage(std::string rule, std::string enhanced,
                                              const std::string& reason, std::string reply) {
  log::Line line(log::Level::kInfo, "refused");
  Describe(context_, line);
  line.With("origin", origin_).With("rule", rule).With("reason", reason);
  context_.journal.Count("dkim.refused");
  Record("reject", std::move(rule), "refuse", reason);
  return Refuse(context_, std::move(enhanced), std::move(reply));
}

// What lies in the message will be there when it comes again: that is refused for good. Everything
// else is our own trouble, and the client may come back.
milter::Verdict SigningHandler::Trouble(const base::Error& error) {
  const bool pass = context_.configuration->options.on_trouble == SigningTrouble::kPass;
  const bool permanent =
      error.kind == base::ErrorKind::kInvalid || error.kind == base::ErrorKind::kLimit;
  const char* const action = pass ? "pass" : permanent ? "refuse" : "tempfail";
  log::Line line(log::Level::kError, "signing_failed");
  Describe(context_, line);
  line.With("reason", error.message).With("action", action);
  context_.journal.Count("dkim.trouble");
  Record(pass ? "accept" : permanent ? "reject" : "tempfail", "on_trouble", action, error.message);
  if (pass) return milter::Verdict::Continue();
  if (permanent) {
    return Refuse(context_, "5.6.0", "The message cannot be signed because of its header");
  }
  return AskToComeBack(context_, "4.7.5", "The message cannot be signed at the moment; try again");
}

void SigningHandler::Record(std::string verdict, std::string rule, std::string outcome,
                            std::string evidence) {
  journal::DecisionRecord record = BeginRecord(context_, std::move(verdict));
  record.rules.push_back({std::move(rule), std::move(outcome), std::move(evidence)});
  record.spent =
      std::chrono::duration_cast<std::chrono::microseconds>(context_.clock.Steady() - began_);
  context_.journal.Record(std::move(record));
}

}  // namespace gatepost::dkim
