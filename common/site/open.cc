#include "common/site/open.h"

#include <filesystem>
#include <utility>

#include "common/config/config_error.h"
#include "common/config/secret_file.h"
#include "common/dns/cares_resolver.h"
#include "common/log/log.h"
#include "common/store/open.h"

namespace gatepost::site {
namespace {

void TellStoreState(store::Health health, const std::string& reason) {
  if (health == store::Health::kUp) {
    log::Info("store_up");
  } else {
    log::Warning("store_away").With("reason", reason);
  }
}

// "" where no file is named.
std::string ReadSecret(const std::string& option, const std::string& path) {
  if (path.empty()) return "";
  auto text = config::ReadSecretFile(path);
  if (!text) throw config::ConfigError(option + ": " + text.error().message);
  return *std::move(text);
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

// A program's own copy of administrative state; "": none is kept.
std::filesystem::path CopyFile(const std::string& program, const config::SiteOptions& site,
                               const char* kind) {
  const std::string& folder = site.store.state_directory;
  if (folder.empty()) return {};
  return std::filesystem::path(folder) / (program + "." + kind);
}

}  // namespace

std::unique_ptr<dns::Resolver> OpenResolver(const config::DnsOptions& options) {
  dns::ResolverOptions resolver_options;
  resolver_options.servers = options.servers;
  resolver_options.timeout = options.timeout;
  resolver_options.attempts = static_cast<unsigned>(options.attempts);
  resolver_options.cache_entries = static_cast<std::size_t>(options.cache_entries);
  resolver_options.max_outstanding = static_cast<std::size_t>(options.max_outstanding);
  auto resolver = dns::CaresResolver::Create(resolver_options);
  if (!resolver) throw config::ConfigError("dns.servers: " + resolver.error().message);
  return *std::move(resolver);
}

std::unique_ptr<store::Store> OpenStore(const config::StoreOptions& options) {
  store::StoreOptions store_options;
  store_options.url = options.url;
  store_options.login.user = options.username;
  store_options.login.password =
      FirstLine(ReadSecret("store.password_file", options.password_file));
  store_options.tls = {options.tls_ca_file, options.tls_certificate_file,
                       ReadSecret("store.tls_key_file", options.tls_key_file)};
  store_options.on_state = TellStoreState;
  return store::Open(store_options);
}

std::unique_ptr<accounts::Suspensions> OpenSuspensions(const std::string& program,
                                                       const config::SiteOptions& site,
                                                       store::Store& store) {
  accounts::Suspensions::Options opened;
  opened.file = CopyFile(program, site, "suspensions");
  return std::make_unique<accounts::Suspensions>(store, std::move(opened));
}

std::unique_ptr<limits::Overrides> OpenOverrides(const std::string& program,
                                                 const config::SiteOptions& site,
                                                 store::Store& store) {
  limits::Overrides::Options opened;
  opened.file = CopyFile(program, site, "limits");
  return std::make_unique<limits::Overrides>(store, std::move(opened));
}

journal::StoreJournalOptions MakeJournalOptions(const std::string& program,
                                                const config::SiteOptions& site) {
  journal::StoreJournalOptions options;
  options.program = program;
  options.host = site.identity.hostname;
  return options;
}

}  // namespace gatepost::site
