// One evaluation as the owner of the domain is told of it (RFC 9990), in the words of its schema.
// Pure; any thread.
#pragma once

#include "common/report/aggregate.h"
#include "milters/dmarc/decision_policy.h"
#include "milters/dmarc/facts.h"

namespace gatepost::dmarc {

// Whether the owner of this outcome's record asks for aggregate reports, and may have them.
bool IsReported(const ReportRules& rules, const Facts& facts, const auth::DmarcOutcome& outcome);

// `outcome` is one of facts.dmarc with a record.
report::AggregateRow ToAggregateRow(const Facts& facts, const Decision& decision,
                                    const auth::DmarcOutcome& outcome);

}  // namespace gatepost::dmarc
