// gatepost-dmarc as the server sees it: a handler for each message, and the configuration swapped
// at reload. Any thread.
#pragma once

#include <memory>

#include "common/config/reloadable.h"
#include "common/milter/service.h"
#include "milters/dmarc/dmarc_configuration.h"
#include "milters/dmarc/message_context.h"

namespace gatepost::dmarc {

class DmarcService final : public milter::Service {
 public:
  using Configuration = config::Reloadable<DmarcConfiguration>;

  // All that is referred to outlives the service.
  DmarcService(Configuration::Pointer configuration, Configuration::Loader load, Site site);

  milter::Stages stages() const override;
  std::unique_ptr<milter::MessageHandler> NewMessage(const milter::Connection& connection,
                                                     const milter::Envelope& envelope) override;
  base::Result<void> Reload() override { return configuration_.Reload(); }

 private:
  std::unique_ptr<milter::MessageHandler> NewHandler(MessageContext context);

  Configuration configuration_;
  const Site site_;
};

}  // namespace gatepost::dmarc
