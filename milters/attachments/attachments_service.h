// gatepost-attachments as the server sees it: a handler for each message that is looked at, and the
// configuration swapped at reload. Any thread.
#pragma once

#include <memory>

#include "common/config/reloadable.h"
#include "common/milter/service.h"
#include "milters/attachments/message_context.h"

namespace gatepost::attachments {

class AttachmentsService final : public milter::Service {
 public:
  using Configuration = config::Reloadable<AttachmentsConfiguration>;

  // All that is referred to outlives the service.
  AttachmentsService(Configuration::Pointer configuration, Configuration::Loader load, Site site);

  milter::Stages stages() const override;
  std::unique_ptr<milter::MessageHandler> NewMessage(const milter::Connection& connection,
                                                     const milter::Envelope& envelope) override;
  base::Result<void> Reload() override { return configuration_.Reload(); }

 private:
  std::unique_ptr<milter::MessageHandler> NewHandler(MessageContext context) const;

  Configuration configuration_;
  const Site site_;
};

}  // namespace gatepost::attachments
