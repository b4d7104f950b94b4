// Tells what became of a message: the log line, the decision record, counters and events, the rows
// of aggregate reports, reputation, and what later programs may want to know. Nothing here keeps
// the message waiting, but for ShareResult.
#pragma once

#include <span>

#include "milters/dmarc/decision_policy.h"
#include "milters/dmarc/facts.h"
#include "milters/dmarc/message_context.h"

namespace gatepost::dmarc {

// `spent` is our own time at the end of the message, waiting included.
void Tell(const MessageContext& context, const Facts& facts, const Decision& decision,
          base::SteadyTime began);

// Lists that went off or came back.
void TellLists(const MessageContext& context, std::span<const ListHealth::Change> changes);

// The DMARC result and the trust, as a short-lived fact of the store under the queue id.
void ShareResult(const MessageContext& context, const Facts& facts, const Decision& decision,
                 base::Deadline deadline);

// For aggregate reports, where the domain wants them.
void CollectRow(const MessageContext& context, const Facts& facts, const Decision& decision);

// For the owner of the domain, where its record and our options want a report of this one message
// (RFC 9991). `fields` are those of the message.
void QueueFailureReports(const MessageContext& context, const Facts& facts,
                         const Decision& decision, std::span<const mail::HeaderField> fields);

void TellReputation(const MessageContext& context, const Facts& facts, const Decision& decision);

}  // namespace gatepost::dmarc
