// What a message's handler gets of the service. The references outlive it; any thread may use what
// is behind them.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/accounts/suspensions.h"
#include "common/base/clock.h"
#include "common/journal/journal.h"
#include "common/limits/ledger.h"
#include "common/limits/overrides.h"
#include "common/milter/connection.h"
#include "common/reputation/reputation.h"
#include "common/store/background_writer.h"
#include "milters/ratelimit/notices.h"
#include "milters/ratelimit/ratelimit_configuration.h"
#include "milters/ratelimit/responder.h"
#include "milters/ratelimit/warmup.h"

namespace gatepost::ratelimit {

// What all messages of the process share.
struct Site {
  limits::Ledger& ledger;
  limits::Overrides& overrides;
  accounts::Suspensions& suspensions;
  reputation::Reputation& reputation;
  Responder& responder;
  Notices& notices;
  WarmUp* warm_up;  // nullptr: no address is warmed up
  journal::Journal& journal;
  store::BackgroundWriter& writer;
  const base::Clock& clock;
  std::chrono::milliseconds store_deadline;  // how long the store may keep a message waiting
  std::string hostname;
};

struct MessageContext {
  std::shared_ptr<const RatelimitConfiguration> configuration;
  const Site& site;
  const milter::Connection& connection;
  const milter::Envelope& envelope;
};

}  // namespace gatepost::ratelimit
