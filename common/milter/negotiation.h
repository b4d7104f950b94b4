// What we ask of the mail server when a connection opens: the events that the program wants, no
// reply where none is needed, and its own macro lists. Pure but for SendMacroLists; any thread.
#pragma once

#include <libmilter/mfapi.h>

#include <cstdint>

#include "common/milter/service.h"

namespace gatepost::milter {

// libmilter's bits: actions are SMFIF_*, steps are SMFIP_*.
struct Terms {
  std::uint32_t actions = 0;
  std::uint32_t steps = 0;

  bool Has(std::uint32_t step) const { return (steps & step) != 0; }
};

// The terms that `stages` needs: all of its silences and declined events, and what else the mail
// server offers. What it does not offer is made up for elsewhere: libmilter answers "continue"
// where we wanted to be silent, the session ignores events that it could not decline, drops the
// body where it could not be skipped, and restores the space that is cut from header values
// without SMFIP_HDR_LEADSPC; an edit that was not offered fails when it is tried.
Terms Negotiate(const Stages& stages, const Terms& offer);
// What of these terms libmilter may be told, as it refuses to decline what is not offered.
std::uint32_t StepsToAskFor(const Terms& terms, const Terms& offer);

// Tells the mail server which macros we read at each stage (SMFIF_SETSYMLIST). Our list replaces
// its own, so nothing depends on main.cf's milter_*_macros. False when memory is short.
bool SendMacroLists(SMFICTX* context, const Stages& stages);

}  // namespace gatepost::milter
