// What the parts of a run work with, and what they count.
#pragma once

#include <cstdint>

#include "common/base/clock.h"
#include "common/store/store.h"
#include "common/submit/submitter.h"
#include "tools/dmarc-report/report_address.h"

namespace gatepost::dmarc_report {

// All outlive the run.
struct Services {
  store::Store& store;
  const DestinationCheck& destinations;
  const submit::Submitter& submitter;
  const base::Clock& clock;
};

struct RunCounts {
  std::int64_t sent = 0;
  std::int64_t failed = 0;
  std::int64_t dropped = 0;    // failure reports that nobody may have
  bool another_sends = false;  // it holds the lease, or took it over
  bool server_away = false;    // the run ended early
};

}  // namespace gatepost::dmarc_report
