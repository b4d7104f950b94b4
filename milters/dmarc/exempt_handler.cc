#include "milters/dmarc/exempt_handler.h"

#include <utility>

#include "common/milter/message_record.h"

namespace gatepost::dmarc {

bool IsExempt(const Exemptions& exempt, const milter::Connection& connection,
              const milter::Envelope& envelope) {
  const bool logged_in = !envelope.sasl_user.empty();
  const bool local = envelope.local_submission || connection.client.IsLoopback() ||
                     connection.client.family() == base::IpAddress::Family::kNone;
  return (exempt.authenticated && logged_in) || (exempt.local && local);
}

ExemptHandler::ExemptHandler(MessageContext context)
    : context_(std::move(context)),
      forged_(context_.configuration->authserv_id),
      tags_(context_.configuration->options.results.tag_header),
      trusts_(context_.configuration->options.results.trust_header) {}

milter::Verdict ExemptHandler::OnHeader(mail::HeaderField&& field) {
  forged_.OnHeader(field);
  tags_.OnHeader(field);
  trusts_.OnHeader(field);
  return milter::Verdict::Continue();
}

void ExemptHandler::Record(std::string verdict) {
  context_.site.journal.Count("dmarc.exempt");
  journal::DecisionRecord record =
      milter::BeginRecord(context_.connection, context_.envelope, std::move(verdict));
  const bool logged_in = !context_.envelope.sasl_user.empty();
  record.rules.push_back({"exempt", "pass", logged_in ? "authenticated client" : "local client"});
  context_.site.journal.Record(std::move(record));
}

milter::Verdict ExemptHandler::OnEndOfMessage(milter::MessageEditor& editor) {
  if (forged_.TooMany() || tags_.TooMany() || trusts_.TooMany()) {
    Record("refuse");
    return milter::Verdict::Reject(milter::WithReference(
        {550, "5.7.1", {"The message has too many Authentication-Results fields"}},
        context_.envelope));
  }
  if (forged_.Remove(editor) && tags_.Remove(editor) && trusts_.Remove(editor)) {
    Record("pass");
    return milter::Verdict::Continue();
  }
  Record("defer");
  return milter::Verdict::TempFail(milter::WithReference(
      {451, "4.3.0", {"The message cannot be checked at the moment"}}, context_.envelope));
}

}  // namespace gatepost::dmarc
