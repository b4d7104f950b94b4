// Opens what the site's options describe: the resolver, the store, the journal. Called by each
// program's main at start, once.
#pragma once

#include <memory>
#include <string>

#include "common/config/site_options.h"
#include "common/dns/resolver.h"
#include "common/journal/store_journal.h"
#include "common/store/store.h"

namespace gatepost::site {

// Each throws config::ConfigError, in the words of gatepost.toml.
std::unique_ptr<dns::Resolver> OpenResolver(const config::DnsOptions& options);
// An absent Redis is no error: the log tells when it comes and goes. The password's file must not
// be readable by others.
std::unique_ptr<store::Store> OpenStore(const config::StoreOptions& options);

journal::StoreJournalOptions MakeJournalOptions(const std::string& program,
                                                const config::SiteOptions& site);

}  // namespace gatepost::site
