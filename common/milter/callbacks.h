// The C functions that libmilter calls, and the one guard against exceptions around them. Set up
// once by Run; the callbacks come from libmilter's threads.
#pragma once

#include <libmilter/mfapi.h>

#include <string>

#include "common/milter/callback_gate.h"
#include "common/milter/service.h"
#include "common/milter/traffic.h"

namespace gatepost::milter {

// What the callbacks work on. libmilter's threads run until the process ends, so these are never
// destroyed.
Traffic& ServerTraffic();
CallbackGate& ServerGate();

// The filter description for smfi_register. Callbacks of events that `service` does not want are
// left out: libmilter answers them. `name` and `service` must outlive the server.
smfiDesc DescribeFilter(std::string& name, Service& service);

}  // namespace gatepost::milter
