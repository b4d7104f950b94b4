// Reads the answer packet of a recursor. We parse ourselves, because c-ares' parse functions hand
// out records without the names that they belong to: whoever believes them believes a TXT record of
// any other name that a lying server puts into its answer. They also drop the AD bit, the SOA
// record's minimum and the status of a message with records that they do not know.
//
// The packet is foreign: reading it takes time linear in its size, and one malformed record makes
// the whole answer kServFail. A pure function; any thread.
#pragma once

#include <cstdint>
#include <span>

#include "common/dns/question.h"

namespace gatepost::dns {

inline constexpr std::size_t kLargestPacket = 65535;
inline constexpr std::size_t kMostRecords = 500;  // in the answer section
inline constexpr std::size_t kLongestCnameChain = 16;

// The answer to `question` in `packet`. Its ttl is the least of the records used, CNAMEs included;
// of a negative answer, what RFC 2308 section 5 says, or 0 without a SOA record.
//   - kServFail: not an answer to this question, truncated, malformed, over a bound above, an error
//     code (extended ones of EDNS too) other than NXDOMAIN, a loop of CNAMEs, a CNAME to a name
//     with unusual bytes, or an answer section in which nothing belongs to the question.
//   - Records of names that the chain of CNAMEs does not lead to are ignored. A chain that leads
//   out
//     of the answer is kNoData: a recursor would have followed it.
//   - PTR and MX records are left out where their name has bytes outside visible ASCII, or a dot in
//     a label. A name that is the root becomes "" (RFC 7505: MX of a domain without mail).
Answer ParseMessage(std::span<const std::uint8_t> packet, const Question& question);

// Whether the packet is the FORMERR with nothing else in it that servers without EDNS give to a
// question with it (RFC 6891 section 7).
bool RefusesEdns(std::span<const std::uint8_t> packet);

}  // namespace gatepost::dns
