// One SPF check against zone text, for the tests of SPF.
#pragma once

#include <string>
#include <string_view>

#include "common/auth/spf.h"
#include "common/dns/task.h"
#include "tests/support/memory_resolver.h"

namespace gatepost::auth::testing {

inline SpfRequest Request(std::string_view client = "192.0.2.1",
                          std::string domain = "example.org") {
  SpfRequest request;
  request.client = base::IpAddress::Parse(client).value();
  request.local_part = "alice";
  request.domain = std::move(domain);
  request.helo = "mail.example.org";
  return request;
}

// What is not answered at once counts as timed out.
inline SpfOutcome Check(test::MemoryResolver& resolver, SpfRequest request = Request(),
                        const SpfLimits& limits = {}) {
  SpfCheck check(std::move(request), limits, resolver);
  dns::Task* const tasks[] = {&check};
  dns::Finish(tasks, base::Deadline::min());
  return check.outcome();
}

inline SpfOutcome Check(std::string_view zone, SpfRequest request = Request(),
                        const SpfLimits& limits = {}) {
  test::MemoryResolver resolver(zone);
  return Check(resolver, std::move(request), limits);
}

}  // namespace gatepost::auth::testing
