#include "milters/ratelimit/ratelimit_service.h"

#include <utility>

#include "milters/ratelimit/counting_handler.h"

namespace gatepost::ratelimit {

// One answer a recipient and one at the end. Header and body are shown only where something is
// counted by them.
milter::Stages RatelimitService::stages() const {
  using Want = milter::Stages::Want;
  const auto configuration = configuration_.Current();
  const bool bytes = configuration->counts_bytes;
  milter::Stages stages;
  stages.mail_from = Want::kListen;
  stages.recipient = Want::kAnswer;
  stages.refused_recipients = true;
  stages.headers = bytes || configuration->streams->needs_headers() ? Want::kListen : Want::kNo;
  stages.body = bytes ? Want::kListen : Want::kNo;
  stages.adds_headers = configuration->options.warning.header;
  stages.quarantines = configuration->holds_mail;
  return stages;
}

std::unique_ptr<milter::MessageHandler> RatelimitService::NewMessage(
    const milter::Connection& connection, const milter::Envelope& envelope) {
  auto configuration = configuration_.Current();
  const Exemptions& exempt = configuration->options.exempt;
  const bool exempt_client = base::AnyContains(exempt.networks, connection.client) ||
                             (exempt.local && envelope.local_submission);
  if (envelope.sasl_user.empty() && exempt_client) {
    site_.journal.Count("ratelimit.exempt");
    return nullptr;
  }
  return std::make_unique<CountingHandler>(
      MessageContext{std::move(configuration), site_, connection, envelope});
}

}  // namespace gatepost::ratelimit
