// What one domain publishes, as far as it concerns one client: the record, what of it can be
// reached and what its terms have come to so far. Used by the SPF evaluation, which keeps policies
// from one run to the next; one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/auth/spf_libspf2.h"
#include "common/auth/spf_record.h"
#include "common/base/ip_address.h"
#include "common/dns/resolver.h"

namespace gatepost::auth {

// A term that asks DNS. What is known of it stays known, as answers do not change within a check.
struct SpfLookup {
  const SpfTerm* term = nullptr;
  std::optional<std::string> name;  // the target, expanded
  std::optional<SpfMatch> match;    // of a, mx, ptr and exists
  bool is_void = false;             // its look-ups brought no record
  bool asked = false;               // its first question is on its way, perhaps before its turn
  bool asked_hosts = false;
};

struct SpfPolicy {
  // Reads the TXT answer for `domain` (RFC 7208 sections 4.4 to 4.6).
  SpfPolicy(std::string domain, const dns::Answer& answer, const base::IpAddress& client,
            std::size_t max_record_bytes);
  SpfPolicy(const SpfPolicy&) = delete;  // the lookups point into the record
  SpfPolicy& operator=(const SpfPolicy&) = delete;

  const std::string domain;
  SpfResult failure = SpfResult::kPass;  // none, temperror or permerror: there is no record
  std::string reason;                    // of the failure
  std::string published;                 // the record's text
  SpfRecord record;
  // In their order, those behind `decided_by` left out; redirect= last where nothing decided.
  std::vector<SpfLookup> lookups;
  const SpfTerm* decided_by = nullptr;  // the first ip4, ip6 or all that matches
  unsigned visited = 0;                 // the last run that looked ahead from here
};

}  // namespace gatepost::auth
