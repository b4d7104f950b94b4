// What a message's handler gets of the service. The references outlive it; any thread may use what
// is behind them.
#pragma once

#include <memory>

#include "common/accounts/suspensions.h"
#include "common/base/clock.h"
#include "common/dns/resolver.h"
#include "common/journal/journal.h"
#include "common/milter/connection.h"
#include "common/report/report_collector.h"
#include "common/reputation/reputation.h"
#include "common/store/background_writer.h"
#include "common/store/store.h"
#include "milters/dmarc/dmarc_configuration.h"
#include "milters/dmarc/greylist.h"

namespace gatepost::dmarc {

// What all messages of the process share.
struct Site {
  dns::Resolver& resolver;
  store::Store& store;
  store::BackgroundWriter& writer;
  report::ReportCollector& reports;  // used in the writer's thread
  reputation::Reputation& reputation;
  Greylist& greylist;
  const accounts::Suspensions& suspensions;
  journal::Journal& journal;
  const base::Clock& clock;
  std::chrono::milliseconds store_deadline;  // how long the store may keep a message waiting
  bool shares_store = false;  // other programs read it, too: it is not this process's memory
};

struct MessageContext {
  std::shared_ptr<const DmarcConfiguration> configuration;
  const Site& site;
  const milter::Connection& connection;
  const milter::Envelope& envelope;
};

}  // namespace gatepost::dmarc
