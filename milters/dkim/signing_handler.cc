#include "milters/dkim/signing_handler.h"

#include <algorithm>
#include <utility>

#include "common/mail/address.h"
#include "common/mail/author.h"
#include "milters/dkim/old_signatures.h"

namespace gatepost::dkim {
namespace {

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
      began_(context_.clock.Steady()),
      forged_(context_.configuration->authserv_id),
      long_lines_(static_cast<std::size_t>(context_.configuration->options.line_limit)) {}

milter::Verdict SigningHandler::OnHeader(mail::HeaderField&& field) {
  header_bytes_ += field.name.size() + field.value.size();
  if (fields_.size() >= kMaxFields || header_bytes_ > kMaxHeaderBytes) {
    trouble_ = "the header is too large";
    return milter::Verdict::Continue();
  }
  forged_.OnHeader(field);
  long_lines_.OnHeader(field);
  fields_.push_back(std::move(field));
  return milter::Verdict::Continue();
}

SenderFacts SigningHandler::CollectFacts() const {
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
  return facts;
}

milter::Verdict SigningHandler::OnEndOfHeaders() {
  if (!trouble_.empty()) return milter::Verdict::Continue();
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
      trouble_ = key.error().message;
      context_.journal.Report({"key_unusable", row.signing_domain, trouble_});
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

milter::Verdict SigningHandler::OnEndOfMessage(milter::MessageEditor& editor) {
  if (forged_.TooMany()) {
    Record("reject", "authserv_id", "refuse", "too many forged Authentication-Results fields");
    return Refuse(context_, "5.7.1", "The message has too many Authentication-Results fields");
  }
  const bool strips = context_.configuration->options.mode == Mode::kBoth;
  if (strips && !forged_.Remove(editor)) return Trouble("the mail server refused an edit");
  if (!trouble_.empty()) return Trouble(trouble_);
  if (!signer_) return NotSigned();
  const bool refuses = context_.configuration->options.long_lines == LongLineAction::kRefuse;
  if (refuses && long_lines_.Found()) return RefuseLongLines();
  return SignAndEdit(editor);
}

milter::Verdict SigningHandler::SignAndEdit(milter::MessageEditor& editor) {
  const auto signatures = signer_->Finish(context_.clock.Wall());
  if (!signatures) return Trouble(signatures.error().message);
  if (!RemoveOldSignatures(editor)) return Trouble("the mail server refused an edit");
  // The last one inserted stands on top: the first key's, which old verifiers try first.
  for (auto signature = signatures->rbegin(); signature != signatures->rend(); ++signature) {
    if (!editor.InsertHeader(0, "DKIM-Signature", *signature)) {
      return Trouble("the mail server refused an edit");
    }
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
  const bool refuse = decision_.kind == SigningDecision::Kind::kRefuse;
  log::Line line(log::Level::kInfo, refuse ? "refused" : "not_signed");
  Describe(context_, line);
  line.With("origin", origin_).With("rule", decision_.rule).With("reason", decision_.reason);
  context_.journal.Count(refuse ? "dkim.refused" : "dkim.not_signed");
  Record(refuse ? "reject" : "accept", decision_.rule, refuse ? "refuse" : "pass",
         decision_.reason);
  return refuse ? Refuse(context_, "5.7.1", decision_.reply) : milter::Verdict::Continue();
}

milter::Verdict SigningHandler::RefuseLongLines() {
  const std::string reason = "a line of " + std::to_string(long_lines_.longest()) + " octets";
  log::Line line(log::Level::kInfo, "refused");
  Describe(context_, line);
  line.With("rule", "long_lines").With("reason", reason);
  context_.journal.Count("dkim.refused");
  Record("reject", "long_lines", "refuse", reason);
  return Refuse(context_, "5.6.0",
                "The message has a line of more than " +
                    std::to_string(context_.configuration->options.line_limit) +
                    " octets; please send it as quoted-printable or base64");
}

milter::Verdict SigningHandler::Trouble(const std::string& reason) {
  const bool pass = context_.configuration->options.on_trouble == SigningTrouble::kPass;
  log::Line line(log::Level::kError, "signing_failed");
  Describe(context_, line);
  line.With("reason", reason).With("action", pass ? "pass" : "tempfail");
  context_.journal.Count("dkim.trouble");
  Record(pass ? "accept" : "tempfail", "on_trouble", pass ? "pass" : "tempfail", reason);
  if (pass) return milter::Verdict::Continue();
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
