// gatepost-dkim as the server sees it: gives each message to the signer, to the verifier, or to
// nobody, and swaps the configuration at reload. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "common/accounts/suspensions.h"
#include "common/base/clock.h"
#include "common/dns/resolver.h"
#include "common/journal/journal.h"
#include "common/milter/service.h"
#include "milters/dkim/dkim_configuration.h"
#include "milters/dkim/message_context.h"

namespace gatepost::dkim {

class DkimService final : public milter::Service {
 public:
  using ConfigurationPtr = std::shared_ptr<const DkimConfiguration>;
  // Reads the configuration anew; called at reload. Throws config::ConfigError.
  using Loader = std::function<ConfigurationPtr()>;

  // All that is referred to outlives the service.
  DkimService(ConfigurationPtr configuration, Loader load, dns::Resolver& resolver,
              const accounts::Suspensions& suspensions, journal::Journal& journal);

  milter::Stages stages() const override;
  std::unique_ptr<milter::MessageHandler> NewMessage(const milter::Connection& connection,
                                                     const milter::Envelope& envelope) override;
  base::Result<void> Reload() override;

 private:
  ConfigurationPtr Current() const;
  std::unique_ptr<milter::MessageHandler> NewHandler(MessageContext context);

  mutable std::mutex mutex_;
  ConfigurationPtr configuration_;
  Loader load_;
  dns::Resolver& resolver_;
  const accounts::Suspensions& suspensions_;
  journal::Journal& journal_;
};

}  // namespace gatepost::dkim
