#include "milters/attachments/attachments_service.h"

#include <utility>

#include "common/accounts/suspended_handler.h"
#include "milters/attachments/attachment_handler.h"

namespace gatepost::attachments {

AttachmentsService::AttachmentsService(Configuration::Pointer configuration,
                                       Configuration::Loader load, Site site)
    : configuration_(std::move(configuration), std::move(load)), site_(site) {}

milter::Stages AttachmentsService::stages() const {
  milter::Stages stages = milter::Stages::Listening();
  stages.recipient = milter::Stages::Want::kListen;
  stages.replaces_body = true;
  stages.quarantines = true;
  return stages;
}

std::unique_ptr<milter::MessageHandler> AttachmentsService::NewMessage(
    const milter::Connection& connection, const milter::Envelope& envelope) {
  auto configuration = configuration_.Current();
  return accounts::RefuseSuspended(
      {configuration->accounts, site_.suspensions, site_.journal, "attachments.suspended"},
      connection, envelope, NewHandler({configuration, site_, connection, envelope}));
}

std::unique_ptr<milter::MessageHandler> AttachmentsService::NewHandler(
    MessageContext context) const {
  const AttachmentsOptions& options = context.configuration->options;
  const bool ours = !milter::Origin(options.outgoing, context.connection, context.envelope).empty();
  if (!ours && base::AnyContains(options.exempt, context.connection.client)) {
    site_.journal.Count("attachments.exempt");
    return nullptr;
  }
  return std::make_unique<AttachmentHandler>(std::move(context),
                                             ours ? Direction::kOut : Direction::kIn);
}

}  // namespace gatepost::attachments
