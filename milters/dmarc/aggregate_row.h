// One evaluation as the owner of the domain is told of it (RFC 9990), in the words of its schema.
// Pure; any thread.
#pragma once

#include "common/report/aggregate.h"
#include "milters/dmarc/decision_policy.h"
#include "milters/dmarc/facts.h"

namespace gatepost::dmarc {

// Whether the evaluation is told: one author domain, whose record asks for aggregate reports and is
// not excluded, and no temporary error.
bool IsReported(const ReportRules& rules, const Facts& facts);

// Of the first author domain, which has a record.
report::AggregateRow ToAggregateRow(const Facts& facts, const Decision& decision);

}  // namespace gatepost::dmarc
