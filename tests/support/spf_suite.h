// The test suite of RFC 7208 (rfc7208-tests.yml) as scenarios: DNS data in the zone text that
// DnsServer and MemoryResolver both read, and cases. Test code of one thread.
//
// SPF-type records count as TXT records where a name lists no TXT; TIMEOUT covers the types that
// the name does not list before it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gatepost::test {

struct SpfSuiteCase {
  std::string name;
  std::string client;
  std::string helo;
  std::string mail_from;             // as in the envelope; "" is the null sender
  std::vector<std::string> results;  // any of them will do
  // Nothing: not told. "" (DEFAULT in the suite): the domain gives none that counts.
  std::optional<std::string> explanation;

  // Of mail_from, or "" and the HELO name for the null sender (RFC 7208 section 2.4).
  std::string LocalPart() const;
  std::string Domain() const;
};

struct SpfSuiteScenario {
  std::string description;
  std::string zone;
  std::vector<SpfSuiteCase> cases;
};

// Throws what yaml-cpp throws.
std::vector<SpfSuiteScenario> LoadSpfSuite(const std::string& path);

}  // namespace gatepost::test
