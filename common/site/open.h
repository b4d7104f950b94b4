// Opens what the site's options describe: the resolver, the store, the suspensions, the journal.
// Called by each program's main at start, once.
#pragma once

#include <memory>
#include <string>

#include "common/accounts/suspensions.h"
#include "common/config/site_options.h"
#include "common/dns/resolver.h"
#include "common/journal/store_journal.h"
#include "common/limits/overrides.h"
#include "common/store/store.h"

namespace gatepost::site {

// Each throws config::ConfigError, in the words of gatepost.toml.
std::unique_ptr<dns::Resolver> OpenResolver(const config::DnsOptions& options);
// An absent Redis is no error: the log tells when it comes and goes. The files of the
// password and the private key must not be readable by others.
std::unique_ptr<store::Store> OpenStore(const config::StoreOptions& options);

// The accounts whose mail is refused, with this program's copy in the state directory:
//   const auto suspensions = site::OpenSuspensions(kProgram, settings.site, *store);
// `store` outlives them. A copy that cannot be read or written is no error: the log tells.
std::unique_ptr<accounts::Suspensions> OpenSuspensions(const std::string& program,
                                                       const config::SiteOptions& site,
                                                       store::Store& store);

// Limits that administrators override at run time, likewise.
std::unique_ptr<limits::Overrides> OpenOverrides(const std::string& program,
                                                 const config::SiteOptions& site,
                                                 store::Store& store);

journal::StoreJournalOptions MakeJournalOptions(const std::string& program,
                                                const config::SiteOptions& site);

}  // namespace gatepost::site
