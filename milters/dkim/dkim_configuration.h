// All that a message needs to know, loaded whole or not at all. Immutable once loaded, so that
// messages that began before a reload finish with what they began with. Any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/accounts/account.h"
#include "common/accounts/streams.h"
#include "common/config/site_options.h"
#include "milters/dkim/dkim_options.h"
#include "milters/dkim/key_cache.h"
#include "milters/dkim/key_table.h"
#include "milters/dkim/sender_table.h"

namespace gatepost::dkim {

struct DkimConfiguration {
  DkimOptions options;
  std::string authserv_id;
  std::shared_ptr<const accounts::AccountNames> accounts;
  KeyTable keys;
  std::optional<SenderTable> senders;
  std::shared_ptr<const accounts::StreamTable> streams;
  // A cache per configuration: after a reload a key is read anew, together with its selector.
  mutable KeyCache key_cache{1};

  explicit DkimConfiguration(DkimOptions loaded)
      : options(std::move(loaded)), key_cache(static_cast<std::size_t>(options.cached_keys)) {}
};

// Reads the tables that the options and the site's accounts name, and checks what no single option
// can say alone. Throws config::ConfigError.
std::shared_ptr<const DkimConfiguration> LoadConfiguration(DkimOptions options,
                                                           const config::SiteOptions& site);

// Opens every key of the table. Throws config::ConfigError, one line for each that cannot be used.
void CheckEveryKey(const DkimConfiguration& configuration);

}  // namespace gatepost::dkim
