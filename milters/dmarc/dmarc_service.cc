#include "milters/dmarc/dmarc_service.h"

#include <utility>

#include "common/accounts/suspended_handler.h"
#include "milters/dmarc/arrival_handler.h"
#include "milters/dmarc/exempt_handler.h"

namespace gatepost::dmarc {

DmarcService::DmarcService(Configuration::Pointer configuration, Configuration::Loader load,
                           Site site)
    : configuration_(std::move(configuration), std::move(load)), site_(site) {}

milter::Stages DmarcService::stages() const {
  milter::Stages stages = milter::Stages::Listening();
  stages.recipient = milter::Stages::Want::kListen;
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
