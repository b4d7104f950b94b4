// libspf2, asked whether mechanisms match a client. The only file pair that knows the library; used
// by the SPF evaluation alone. Pure functions, any thread.
//
// The arrangement: one evaluation of libspf2 is one mechanism, or a run of ip4 and ip6 mechanisms.
// It cannot be a whole record, as the library holds no more than 511 bytes of a compiled one, stops
// at 255 terms and does not say which of them matched. It reads a record that we wrote: addresses
// are printed by us, and every name is a reference into a table ("t.invalid" is the target,
// "h3.invalid" the fourth host that an MX or PTR record names) out of which its DNS hook answers.
// Include, redirect and exp never stand in such a record, so that the library does not recurse and
// its macro compiler and explanations meet no foreign byte; what they mean is settled in front.
//
// A prefix length of 0 is refused by the library. As every address agrees with the client's in no
// bits at all, the client's own address stands in for each address of such a mechanism.
#pragma once

#include <span>
#include <vector>

#include "common/auth/spf_record.h"
#include "common/base/ip_address.h"
#include "common/dns/resolver.h"

namespace gatepost::auth {

// What DNS said of a mechanism. Only addresses are read out of the answers.
struct SpfFacts {
  struct Host {
    bool in_target = false;    // ptr: its name is the target or below it
    dns::AnswerPtr addresses;  // null: none that could match
  };
  dns::AnswerPtr addresses;  // a, exists: of the target
  std::vector<Host> hosts;   // mx, ptr: in their order
};

enum class SpfMatch {
  kNo,
  kYes,
  kTempError,  // a look-up that the library came to had failed
  kTooManyHosts,
};

// `mechanism` is a, mx, ptr or exists. Of `max_hosts` hosts without a match kTooManyHosts comes
// where there are more.
SpfMatch MatchWithLibspf2(const SpfTerm& mechanism, const base::IpAddress& client,
                          const SpfFacts& facts, unsigned max_hosts);

// The first ip4, ip6 or all that matches, or nullptr. Those of the other family are passed over, as
// they never match (section 5); so are mechanisms that ask DNS.
const SpfTerm* FirstMatchWithLibspf2(std::span<const SpfTerm> mechanisms,
                                     const base::IpAddress& client);

}  // namespace gatepost::auth
