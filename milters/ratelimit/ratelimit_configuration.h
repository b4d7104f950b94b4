// All that a message needs to know, loaded whole or not at all. Immutable; messages that began
// before a reload finish with what they began with. Any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/accounts/account.h"
#include "common/accounts/contacts.h"
#include "common/accounts/streams.h"
#include "common/config/site_options.h"
#include "common/limits/limit.h"
#include "common/limits/limit_set.h"
#include "milters/ratelimit/countries.h"
#include "milters/ratelimit/ratelimit_options.h"
#include "milters/ratelimit/warmup_table.h"

namespace gatepost::ratelimit {

struct RatelimitConfiguration {
  RatelimitOptions options;
  std::shared_ptr<const accounts::AccountNames> names;
  std::shared_ptr<const accounts::ContactTable> contacts;
  std::shared_ptr<const accounts::StreamTable> streams;
  std::shared_ptr<const limits::LimitSet> limits;
  limits::Limit throttle;  // of accounts that are slowed down
  std::shared_ptr<const Countries> countries;
  std::vector<std::string> never_suspend;  // sorted
  std::shared_ptr<const WarmUpTable> warmup;

  bool counts_bytes = false;
  bool learns_recipients = false;  // whom an account writes to
  bool asks_reputation = false;
  bool asks_streams_of_headers = false;
  bool holds_mail = false;

  bool holds_local_mail() const {
    return !options.exempt.local && options.exempt.local_over_limit == Exemptions::LocalOver::kHold;
  }
  bool NeverSuspends(std::string_view account) const;
  bool AsksStreamReputation(std::string_view stream) const;
};

// Reads what the options name, and checks what no single option can say alone. Throws
// config::ConfigError.
std::shared_ptr<const RatelimitConfiguration> LoadConfiguration(
    RatelimitOptions options, const config::AccountOptions& accounts);

}  // namespace gatepost::ratelimit
