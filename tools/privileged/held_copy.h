// Delivers a copy of a held message to one of its recipients, and leaves the message on hold for
// the others. One thread.
#pragma once

#include "common/base/result.h"
#include "tools/privileged/privileged_options.h"
#include "tools/privileged/request.h"

namespace gatepost::privileged {

// The copy has the request's pass in front, by which the milter that held the message lets it pass.
// It is read whole before it is sent, so that no half is delivered. kNotFound: the message is not
// on hold, or has no such recipient.
base::Result<void> ReleaseTo(const Request& request, const CommandOptions& options);

// Whether Postfix has accepted whatever copies of the held message were sent; what it has not still
// lies where sendmail(1) left it. kInternal with kCopyWaits: not yet. kNotFound as above.
base::Result<void> AwaitsNothing(const Request& request, const CommandOptions& options);

}  // namespace gatepost::privileged
