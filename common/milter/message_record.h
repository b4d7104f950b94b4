// How every program tells what it did with a message: the decision record, the log line, and the
// reference in its replies. Pure functions; any thread.
#pragma once

#include <string>

#include "common/journal/journal.h"
#include "common/log/log.h"
#include "common/milter/connection.h"
#include "common/milter/verdict.h"

namespace gatepost::milter {

// The decision record that every message begins with.
journal::DecisionRecord BeginRecord(const Connection& connection, const Envelope& envelope,
                                    std::string verdict);

// Adds the queue id, the client and the user to a log line.
void Describe(const Connection& connection, const Envelope& envelope, log::Line& line);

// Ends the reply's last line in a reference that `gatepost explain` knows: the queue id.
Reply WithReference(Reply reply, const Envelope& envelope);

}  // namespace gatepost::milter
