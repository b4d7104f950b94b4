// gatepost-ratelimit as the server sees it: a handler for each message that counts, and the
// configuration swapped at reload. Any thread.
#pragma once

#include <memory>

#include "common/config/reloadable.h"
#include "common/milter/service.h"
#include "milters/ratelimit/message_context.h"
#include "milters/ratelimit/ratelimit_configuration.h"

namespace gatepost::ratelimit {

class RatelimitService final : public milter::Service {
 public:
  using Configuration = config::Reloadable<RatelimitConfiguration>;

  // All that is referred to outlives the service.
  RatelimitService(Configuration::Pointer configuration, Configuration::Loader load, Site site);

  milter::Stages stages() const override;
  std::unique_ptr<milter::MessageHandler> NewMessage(const milter::Connection& connection,
                                                     const milter::Envelope& envelope) override;
  base::Result<void> Reload() override;

 private:
  void PublishLimits();

  Configuration configuration_;
  const Site site_;
};

}  // namespace gatepost::ratelimit
