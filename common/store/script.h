// An atomic operation on the store, written twice: in Lua for Redis, in C++ for memory. The Lua
// text lies in common/store/<name>.lua and is built in. Constants, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/store/store.h"

namespace gatepost::store {

class MemoryShard;

using ScriptResult = base::Result<std::vector<std::int64_t>>;

struct Script {
  std::string_view lua;
  std::string_view sha1;  // of `lua`, in hex: the name by which Redis keeps it
  ScriptResult (*in_memory)(MemoryShard& shard, std::span<const Key> keys,
                            std::span<const std::string> arguments);
};

// How kGreylist ends. All but the first let the message pass.
enum class GreylistEnd : std::int64_t { kComeBack, kWaited, kKnown, kProven };

namespace scripts {

// KEYS: counter. ARGV: addend, milliseconds to live. Returns the sum.
extern const Script kIncrement;
// KEYS: lease. ARGV: owner, milliseconds. Returns 1 when the owner holds it now, else 0.
extern const Script kAcquireLease;
// KEYS: lease. ARGV: owner. Returns 1 when it was the owner's, else 0.
extern const Script kReleaseLease;
// KEYS: proofs of a network, then senders with one recipient each. ARGV: milliseconds to wait, in
// which to come back, for which a proof lives; proofs needed. Returns a GreylistEnd and the
// milliseconds that are left to wait.
extern const Script kGreylist;

// Administrative state (admin_state.h) in one hash. KEYS: it.
// ARGV: the generation to mark an unmarked state with, or ""; then "set", name, value or "lift",
// name, "" for each change, and "expect", name, value for what must be there before. A marked state
// has a new version then. Returns the generation of its mark (admin_mark.h), 0 where there is none;
// -1 where something is not as expected, and nothing was changed.
extern const Script kAdminChange;
// Returns the state's version and generation (0: no mark) and how many fields it has.
extern const Script kAdminVersion;
// Wrong guesses at passwords, as sets that expire (tools decide what a set is about). KEYS: sets.
// Returns the size of each.
extern const Script kGuessCount;
// KEYS: sets. ARGV: the guess, most guesses of a set, then for each set: milliseconds that it lives
// from its first guess on, the size at which it blocks, milliseconds that it lives from then on.
// Returns for each set its size, and 1 when the guess is new there.
extern const Script kGuessAdd;
// KEYS: a set; and, for the account's set, that of one place and the mark of a known place. ARGV:
// what the guesses to forget begin with, milliseconds that the mark lives. With three keys, forgets
// the guesses of that place and sets the mark. Returns how many were forgotten.
extern const Script kGuessForgive;

// KEYS: what is remembered of a subject (decaying_weights.h). ARGV: good and bad thousandths to
// add, half-life in seconds. Returns good, bad and the Unix time for which they hold.
extern const Script kReputationAdd;

// KEYS: a part of a day's list of domains. ARGV: domain, most entries, milliseconds to live.
// Returns 1 when the domain is on the list now, 0 when the list is full; and 1 when it is new
// there.
extern const Script kReportList;
// KEYS: a report's totals, the part of its rows that the row belongs to. ARGV: row, addresses, most
// rows, most bytes of all rows, milliseconds to live. Returns 1 when the row was counted, 0 when it
// was only counted as left out; and 1 when the report begins with it.
extern const Script kReportAdd;
// KEYS: all of one report. Returns how many of them there were.
extern const Script kReportForget;

// Exact limits (common/limits/ledger.h runs them, limit_state.h says what a key holds,
// limit_charges.h writes the rows of charges).
// KEYS: one subject each; last, where ARGV says so, the account's known recipients.
// ARGV: reservation id (8 bytes or more), milliseconds that it lives, recipient's hash ("" where
// nobody asks whether it is new), the charges of all subjects.
// All or nothing: nothing is reserved where one enforced charge does not fit. Others are reserved
// where they fit. Reserving again under the same id adds to it and lets it live on. A charge that
// does not fit is counted as an attempt in its own slot. An amount of 0 always fits.
// Returns 1 when reserved, else 0; 1 when the recipient is new; and for each charge either what is
// used (this one not counted), where it fits and nothing was refused in this window; or -1 - that,
// the milliseconds until it would fit (0: it fits, -1: it never does; what is reserved is taken as
// committed now), and how many attempts were refused in this window, with this one.
extern const Script kLimitsReserve;
// KEYS: the subjects; in mode "once" the mark (KeyMaker::Settled); the known recipients, where
// there are hashes to remember. ARGV: reservation id, mode, age in milliseconds, the charges of all
// subjects, "1" where those are what is reserved (then they are read only where the reservation is
// gone); milliseconds that known recipients live, most of them, hashes to remember (then there is a
// key). Mode "commit": counts the amounts, whether or not the reservation is still there; "late":
// only where it is (after a call whose outcome is not known); "once": counts unless the mark is
// there, which it leaves for an hour; "release": gives it back; "return": gives back the amounts
// alone (never with "1"). `age` is how long ago the message was accepted. Returns how many subjects
// were changed.
extern const Script kLimitsSettle;
// KEYS: one subject each. ARGV: slots, none for all. Forgets what was counted and refused; what is
// reserved stays. Returns how many subjects there were.
extern const Script kLimitsReset;

// What an account does now against what it usually does. KEYS: what is remembered of the account,
// its known recipients. ARGV: what happened, then numbers (places are hashes, 0 where there is
// none):
//
//   recipient HASH REFUSED ADDRESS NETWORK COUNTRY         at RCPT; 1: refused as unknown
//   commit RECIPIENTS NEW ADDRESS NETWORK COUNTRY LEARN    accepted; 0: no example of usual mail
//   feedback BOUNCES COMPLAINTS
//   forgive                                                what is seen now was right
//
// Returns nothing after commit, else: 1 where the recipient is new; about how many recipients of
// the last hour were tried, are new, were refused; addresses, networks, networks that are not
// familiar, countries, countries that are not familiar, all in the last hour; mean and peak of
// recipients in an hour with mail (thousandths), such hours (to 1,000); recipients that were
// remembered as accepted, how many were new; messages remembered by their hour, thousandths of them
// at about this time of day; bounces and complaints of the last day; about how many recipients of
// the last day were tried, the peak of a day (thousandths).
extern const Script kWatch;

}  // namespace scripts
}  // namespace gatepost::store
