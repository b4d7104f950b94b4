// What a message's handler gets of the service. The references outlive it; any thread may use what
// is behind them.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/accounts/suspensions.h"
#include "common/base/clock.h"
#include "common/hashes/hash_list.h"
#include "common/journal/journal.h"
#include "common/milter/connection.h"
#include "common/quarantine/held_list.h"
#include "common/reputation/reputation.h"
#include "common/store/store.h"
#include "milters/attachments/attachments_configuration.h"
#include "milters/attachments/clamd_client.h"
#include "milters/attachments/hold_notices.h"
#include "milters/attachments/outbreak.h"
#include "milters/attachments/scanner_client.h"

namespace gatepost::attachments {

// What all messages of the process share.
struct Site {
  ScannerClient& scanner;
  ClamdClient* clamd;  // nullptr: none is asked
  store::Store& store;
  const accounts::Suspensions& suspensions;
  reputation::Reputation& reputation;
  journal::Journal& journal;
  const hashes::HashList& hashes;
  const Outbreaks& outbreaks;
  quarantine::HeldList& held;
  HoldNotices& notices;
  const base::Clock& clock;
  std::chrono::milliseconds store_deadline;  // how long the store may keep a message waiting
  std::string hostname;
  std::string secret;  // of the quarantine's passes; "": there are none
};

struct MessageContext {
  std::shared_ptr<const AttachmentsConfiguration> configuration;
  const Site& site;
  const milter::Connection& connection;
  const milter::Envelope& envelope;
};

}  // namespace gatepost::attachments
