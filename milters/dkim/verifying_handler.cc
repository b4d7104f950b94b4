#include "milters/dkim/verifying_handler.h"

#include <utility>

#include "common/auth/dkim_results.h"
#include "common/mail/author.h"

namespace gatepost::dkim {
namespace {

auth::VerifierLimits MakeLimits(const DkimOptions& options) {
  auth::VerifierLimits limits;
  limits.max_signatures = static_cast<std::size_t>(options.max_signatures);
  limits.min_rsa_bits = static_cast<unsigned>(options.min_rsa_bits);
  limits.partial_body_passes = options.partial_body_passes;
  return limits;
}

}  // namespace

VerifyingHandler::VerifyingHandler(MessageContext context, dns::Resolver& resolver)
    : context_(std::move(context)),
      forged_(context_.configuration->authserv_id),
      verifier_(MakeLimits(context_.configuration->options), resolver, context_.clock) {}

milter::Verdict VerifyingHandler::OnHeader(mail::HeaderField&& field) {
  forged_.OnHeader(field);
  if (field.Is("From") && from_values_.size() < 2) from_values_.push_back(field.value);
  verifier_.OnHeader(std::move(field));
  return milter::Verdict::Continue();
}

milter::Verdict VerifyingHandler::OnEndOfHeaders() {
  began_ = context_.clock.Steady();
  const std::vector<std::string_view> from_values(from_values_.begin(), from_values_.end());
  verifier_.OnEndOfHeaders(mail::EvaluateAuthor(from_values).domain);
  return milter::Verdict::Continue();
}

milter::Verdict VerifyingHandler::OnBody(std::span<const std::byte> chunk) {
  verifier_.OnBody(chunk);
  return milter::Verdict::Continue();
}

milter::Verdict VerifyingHandler::OnEndOfMessage(milter::MessageEditor& editor) {
  if (forged_.TooMany()) {
    TellTrouble("refused", "too many Authentication-Results fields");
    Record("reject", "refuse", "too many Authentication-Results fields");
    return Refuse(context_, "5.7.1", "The message has too many Authentication-Results fields");
  }
  const auto results = verifier_.Finish(began_ + context_.configuration->options.verify_timeout);
  const std::string header = mail::FormatAuthenticationResults(context_.configuration->authserv_id,
                                                               auth::ToMethodResults(results));
  if (!forged_.Remove(editor) || !editor.InsertHeader(0, "Authentication-Results", header)) {
    TellTrouble("tempfailed", "the mail server refused an edit");
    Record("tempfail", "tempfail", "the mail server refused an edit");
    return AskToComeBack(context_, "4.3.0", "The message cannot be checked at the moment");
  }
  Tell(results, auth::Summarize(results));
  return milter::Verdict::Continue();
}

void VerifyingHandler::Tell(const std::vector<auth::DkimSignatureResult>& results,
                            const std::string& summary) {
  log::Line line(log::Level::kInfo, "verified");
  Describe(context_, line);
  line.With("dkim", summary);
  if (forged_.count() > 0) line.With("forged_results", static_cast<std::int64_t>(forged_.count()));
  if (verifier_.ignored_signatures() > 0) {
    line.With("not_tried", static_cast<std::int64_t>(verifier_.ignored_signatures()));
  }
  context_.journal.Count("dkim.verified");
  for (const auth::DkimSignatureResult& signature : results) {
    context_.journal.Count(std::string("dkim.result.") += auth::Name(signature.result));
  }
  Record("accept", "verify", summary);
}

void VerifyingHandler::TellTrouble(std::string_view event, std::string_view reason) {
  log::Line line(log::Level::kWarning, event);
  Describe(context_, line);
  line.With("reason", reason);
  context_.journal.Count("dkim.trouble");
}

void VerifyingHandler::Record(std::string verdict, std::string outcome, std::string evidence) {
  journal::DecisionRecord record = BeginRecord(context_, std::move(verdict));
  record.rules.push_back({"dkim", std::move(outcome), std::move(evidence)});
  record.spent =
      std::chrono::duration_cast<std::chrono::microseconds>(context_.clock.Steady() - began_);
  context_.journal.Record(std::move(record));
}

}  // namespace gatepost::dkim
