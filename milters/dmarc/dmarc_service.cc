#include "milters/dmarc/dmarc_service.h"

#include <utility>

#include "common/accounts/suspended_handler.h"
#include "milters/dmarc/arrival_handler.h"
#include "milters/dmarc/exempt_handler.h"

namespace gatepost::dmarc {

DmarcService::DmarcService(Configuration::Pointer configuration, Configuration::Loader load,
                           Site site)
    : configuration_(std::move(configuration), std::move(load)), site_(site) {}

// Everything is listened to and nothing answered before the end: one round trip a message.
milter::Stages DmarcService::stages() const {
  using Want = milter::Stages::Want;
  milter::Stages stages;
  stages.mail_from = Want::kListen;
  stages.recipient = Want::kListen;
  stages.headers = Want::kListen;
  stages.end_of_headers = Want::kListen;
  stages.body = Want::kListen;
  stages.adds_headers = true;
  stages.changes_headers = true;
  stages.quarantines = true;
  return stages;
}

std::unique_ptr<milter::MessageHandler> DmarcService::NewMessage(
    const milter::Connection& connection, const milter::Envelope& envelope) {
  const auto configuration = configuration_.Current();
  return accounts::RefuseSuspended(
      {configuration->accounts, site_.suspensions, site_.journal, "dmarc.suspended"}, connection,
      envelope, NewHandler({configuration, site_, connection, envelope}));
}

std::unique_ptr<milter::MessageHandler> DmarcService::NewHandler(MessageContext context) {
  if (IsExempt(context.configuration->options.exempt, context.connection, context.envelope)) {
    return std::make_unique<ExemptHandler>(std::move(context));
  }
  return std::make_unique<ArrivalHandler>(std::move(context));
}

}  // namespace gatepost::dmarc
