// All that a message needs to know, loaded whole or not at all. Immutable once loaded, but for the
// health of the block lists; messages that began before a reload finish with what they began with.
// Any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/accounts/account.h"
#include "common/auth/private_key.h"
#include "common/auth/public_suffix.h"
#include "common/base/clock.h"
#include "common/config/site_options.h"
#include "common/mail/domain.h"
#include "milters/dmarc/block_lists.h"
#include "milters/dmarc/dmarc_options.h"

namespace gatepost::dmarc {

struct DmarcConfiguration {
  DmarcOptions options;
  std::string authserv_id;
  std::shared_ptr<const accounts::AccountNames> accounts;
  std::string hostname;
  std::optional<auth::PublicSuffixList> suffixes;  // where discovery needs it
  std::vector<mail::Domain> our_names;             // that no stranger may use in HELO
  std::vector<BlockList> lists;
  std::unique_ptr<ListHealth> list_health;
  std::shared_ptr<const auth::PrivateKey> seal_key;  // set where arc.seal is

  const auth::PublicSuffixList* suffix_list() const { return suffixes ? &*suffixes : nullptr; }
};

// Reads what the options name, and checks what no single option can say alone. Throws
// config::ConfigError.
std::shared_ptr<const DmarcConfiguration> LoadConfiguration(DmarcOptions options,
                                                            const config::SiteOptions& site,
                                                            const base::Clock& clock);

}  // namespace gatepost::dmarc
