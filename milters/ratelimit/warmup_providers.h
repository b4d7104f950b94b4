// Which provider a recipient's domain belongs to: by the table's domains, else by the domain's mail
// servers, which are looked up in the background. Any thread.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/lru_cache.h"
#include "common/dns/resolver.h"
#include "milters/ratelimit/warmup_table.h"

namespace gatepost::ratelimit {

class WarmUpProviders {
 public:
  // `resolver` nullptr: providers are known by their domains alone. Both outlive it.
  WarmUpProviders(dns::Resolver* resolver, const base::Clock& clock)
      : resolver_(resolver), clock_(clock) {}

  // Never waits: a domain whose mail servers are not known yet belongs to "other".
  std::string Find(const WarmUpTable& table, std::string_view domain);

 private:
  struct MailServers {
    std::optional<dns::Query> query;  // under way
    std::vector<std::string> hosts;   // the best first
    base::SteadyTime until{};
  };
  std::vector<std::string> MailServersOf(std::string_view domain);

  dns::Resolver* const resolver_;
  const base::Clock& clock_;
  std::mutex mutex_;  // guards what follows
  base::LruCache<MailServers> mail_servers_{10'000};
};

}  // namespace gatepost::ratelimit
