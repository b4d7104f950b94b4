// A record or event as the fields of a stream entry, which `gatepost explain` and the dashboard
// read. Pure functions.
#pragma once

#include <string_view>

#include "common/base/clock.h"
#include "common/journal/journal.h"
#include "common/store/store.h"

namespace gatepost::journal {

// Who writes: the program, and the host it runs on.
struct Origin {
  std::string_view program;
  std::string_view host;
};

// Cuts what is too long to be stored, before it waits: the queue's bound counts records, and their
// values come from strangers.
void CutValues(DecisionRecord& record);
void CutValues(Event& event);

// Fields: time (ms since 1970), program, host, queue_id, user, client, from, verdict, reply,
// spent_us; then one "rule.<name>" for each rule, at most 64, as outcome, "enforce" or "shadow",
// and evidence with tabs between. Empty ones are left out, long ones cut at 512 bytes.
store::Fields RecordFields(const DecisionRecord& record, const Origin& origin, base::WallTime at);

// Of an account's messages, short as there are many: time, program, host, queue_id, client, from,
// verdict, recipients where they are known.
store::Fields AccountFields(const DecisionRecord& record, const Origin& origin, base::WallTime at);

// Fields: time, program, host, kind, subject, text.
store::Fields EventFields(const Event& event, const Origin& origin, base::WallTime at);

}  // namespace gatepost::journal
