// Packets as DnsServer sends them, right and wrong ones. Written apart from common/dns, so that a
// misunderstanding there is not tested against itself. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "tests/support/dns_zone.h"

namespace gatepost::test {

struct DnsQuestion {
  std::uint16_t id = 0;
  std::string name;  // lower-case
  std::string wire;  // the question section as it came
  std::uint16_t type = 0;
  bool wants_ad = false;
  bool edns = false;
  std::size_t udp_bytes = 512;
};

// Nothing where the packet is not a question.
std::optional<DnsQuestion> ReadDnsQuestion(std::string_view packet);

std::string Number16(unsigned value);
std::string Number32(std::uint32_t value);
// The labels of a name in zone text, with \DDD and \c.
std::string WireName(std::string_view name);
std::string WireRecord(const std::string& wire_owner, std::uint16_t type, std::uint32_t ttl,
                       const std::string& content);
std::string WireContent(const ZoneRecord& record);

// The answer that `zone` gives, with the behaviours that change bytes; over UDP with TC where it is
// too large.
std::string MakeDnsAnswer(const DnsQuestion& question, const DnsZone& zone, bool tcp);
// An answer to another question, with false records: `wrong_id` or with a wrong name.
std::string MakeForgedAnswer(const DnsQuestion& question, bool wrong_id);

}  // namespace gatepost::test
