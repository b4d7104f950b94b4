// gatepost-dkim: wires options, resolver, store, journal and service together.
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "common/config/command_line.h"
#include "common/config/config_error.h"
#include "common/config/regular_file.h"
#include "common/dns/cares_resolver.h"
#include "common/journal/store_journal.h"
#include "common/log/log.h"
#include "common/milter/server.h"
#include "common/store/open.h"
#include "milters/dkim/dkim_configuration.h"
#include "milters/dkim/dkim_service.h"

namespace gatepost::dkim {
namespace {

constexpr const char* kProgram = "gatepost-dkim";
constexpr const char* kFile = "dkim.toml";

// Everything that the two configuration files say, with the tables that read them.
struct Settings {
  config::SiteOptions site;
  DkimOptions options;
  config::OptionTable table{kProgram, kFile};

  Settings() { Declare(table, options); }
  std::shared_ptr<const DkimConfiguration> Load() const {
    return LoadConfiguration(options, site.identity.authserv_id);
  }
};

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

void TellStoreState(store::Health health, const std::string& reason) {
  if (health == store::Health::kUp) {
    log::Info("store_up");
  } else {
    log::Warning("store_away").With("reason", reason);
  }
}

// The file's first line; "" where none is named.
std::string ReadPassword(const std::string& path) {
  if (path.empty()) return "";
  const auto text = config::ReadRegularFile(path, 4096);
  if (!text) throw config::ConfigError(path + ": " + text.error().message);
  return text->substr(0, text->find_first_of("\r\n"));
}

std::unique_ptr<store::Store> OpenStore(const config::StoreOptions& options) {
  store::StoreOptions store_options;
  store_options.url = options.url;
  store_options.login.user = options.username;
  store_options.login.password = ReadPassword(options.password_file);
  store_options.on_state = TellStoreState;
  return store::Open(store_options);
}

journal::StoreJournalOptions MakeJournalOptions(const config::SiteOptions& site) {
  journal::StoreJournalOptions options;
  options.program = kProgram;
  options.host = site.identity.hostname;
  return options;
}

milter::ServerOptions ToServerOptions(const ListenOptions& options) {
  milter::ServerOptions server;
  server.name = kProgram;
  server.socket = options.socket;
  server.socket_mode = static_cast<unsigned>(std::stoul(options.mode, nullptr, 8));
  server.socket_group = options.group;
  server.drain_timeout = std::chrono::duration_cast<std::chrono::seconds>(options.drain_timeout);
  return server;
}

void WarnOfWhatNeedsARestart(const Settings& running, const Settings& fresh) {
  if (!(running.options.listen == fresh.options.listen)) {
    log::Warning("needs_restart").With("changed", "[server]");
  }
  if (!(running.site == fresh.site)) {
    log::Warning("needs_restart").With("changed", config::kSiteFileName);
  }
}

DkimService::ConfigurationPtr ReadAgain(const config::ConfigFiles& files, const Settings& running) {
  Settings fresh;
  config::LoadFiles(files, fresh.table, fresh.site);
  WarnOfWhatNeedsARestart(running, fresh);
  return LoadConfiguration(fresh.options, running.site.identity.authserv_id);
}

int Serve(const Settings& settings, const config::ConfigFiles& files) {
  const auto configuration = settings.Load();
  const auto resolver = OpenResolver(settings.site.dns);
  const auto store = OpenStore(settings.site.store);
  journal::StoreJournal journal(*store, MakeJournalOptions(settings.site));
  DkimService service(
      configuration, [&] { return ReadAgain(files, settings); }, *resolver, journal);
  return milter::Run(ToServerOptions(settings.options.listen), service);
}

int Main(int argc, char** argv) {
  milter::BlockSignals();
  Settings settings;
  const config::Program program{"Signs and verifies mail with DKIM.", settings.table, settings.site,
                                [&] { CheckEveryKey(*settings.Load()); }};
  const config::Start start = config::ReadCommandLine(argc, argv, program);
  if (start.exit_status) return *start.exit_status;
  log::Open(kProgram, settings.site.log.target, settings.site.log.level);
  try {
    return Serve(settings, start.files);
  } catch (const config::ConfigError& error) {
    log::Error("bad_configuration").With("reason", error.what());
    return config::kExitBadConfig;
  }
}

}  // namespace
}  // namespace gatepost::dkim

int main(int argc, char** argv) { return gatepost::dkim::Main(argc, argv); }
