// gatepost-dmarc as the server sees it: a handler for each message, and the configuration swapped
// at reload. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "common/milter/service.h"
#include "milters/dmarc/dmarc_configuration.h"
#include "milters/dmarc/message_context.h"

namespace gatepost::dmarc {

class DmarcService final : public milter::Service {
 public:
  using ConfigurationPtr = std::shared_ptr<const DmarcConfiguration>;
  // Reads the configuration anew; called at reload. Throws config::ConfigError.
  using Loader = std::function<ConfigurationPtr()>;

  // All that is referred to outlives the service.
  DmarcService(ConfigurationPtr configuration, Loader load, Site site);

  milter::Stages stages() const override;
  std::unique_ptr<milter::MessageHandler> NewMessage(const milter::Connection& connection,
                                                     const milter::Envelope& envelope) override;
  base::Result<void> Reload() override;

 private:
  ConfigurationPtr Current() const;
  std::unique_ptr<milter::MessageHandler> NewHandler(MessageContext context);

  mutable std::mutex mutex_;
  ConfigurationPtr configuration_;
  const Loader load_;
  const Site site_;
};

}  // namespace gatepost::dmarc
