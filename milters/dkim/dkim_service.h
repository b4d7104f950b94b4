// gatepost-dkim as the server sees it: gives each message to the signer, to the verifier, or to
// nobody, and swaps the configuration at reload. Any thread.
#pragma once

#include <memory>

#include "common/accounts/suspensions.h"
#include "common/base/clock.h"
#include "common/config/reloadable.h"
#include "common/dns/resolver.h"
#include "common/journal/journal.h"
#include "common/milter/service.h"
#include "milters/dkim/dkim_configuration.h"
#include "milters/dkim/message_context.h"

namespace gatepost::dkim {

class DkimService final : public milter::Service {
 public:
  using Configuration = config::Reloadable<DkimConfiguration>;

  // All that is referred to outlives the service.
  DkimService(Configuration::Pointer configuration, Configuration::Loader load,
              dns::Resolver& resolver, const accounts::Suspensions& suspensions,
              journal::Journal& journal);

  milter::Stages stages() const override;
  std::unique_ptr<milter::MessageHandler> NewMessage(const milter::Connection& connection,
                                                     const milter::Envelope& envelope) override;
  base::Result<void> Reload() override { return configuration_.Reload(); }

 private:
  std::unique_ptr<milter::MessageHandler> NewHandler(MessageContext context);

  Configuration configuration_;
  dns::Resolver& resolver_;
  const accounts::Suspensions& suspensions_;
  journal::Journal& journal_;
};

}  // namespace gatepost::dkim
