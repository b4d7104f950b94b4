// gatepost-authpolicy: wires options, store, suspensions, service and HTTP server together.
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/accounts/account.h"
#include "common/accounts/suspensions.h"
#include "common/base/strings.h"
#include "common/config/command_line.h"
#include "common/config/config_error.h"
#include "common/config/secret_file.h"
#include "common/http/server.h"
#include "common/journal/store_journal.h"
#include "common/log/log.h"
#include "common/milter/server.h"
#include "common/milter/signals.h"
#include "common/milter/systemd.h"
#include "common/site/open.h"
#include "common/site/run_program.h"
#include "tools/authpolicy/authpolicy_options.h"
#include "tools/authpolicy/authpolicy_service.h"

namespace gatepost::authpolicy {
namespace {

using namespace std::chrono_literals;

constexpr const char* kProgram = "gatepost-authpolicy";
constexpr const char* kFile = "authpolicy.toml";
constexpr std::chrono::milliseconds kTick{1'000};
constexpr std::chrono::milliseconds kStalled{10'000};

std::string ReadSecret(const std::string& path) {
  if (path.empty()) return {};
  const auto text = config::ReadSecretFile(path);
  if (!text)
    throw config::ConfigError("authpolicy.toml: server.secret_file: " + text.error().message);
  const std::string secret(base::Trim(*text));
  if (secret.size() < 16) {
    throw config::ConfigError("authpolicy.toml: server.secret_file: " + path +
                              ": the secret must have 16 characters or more");
  }
  return secret;
}

// Everything that the two configuration files say, with the tables that read them.
struct Settings {
  config::SiteOptions site;
  AuthPolicyOptions options;
  config::OptionTable table{kProgram, kFile};

  Settings() { Declare(table, options); }

  AuthPolicyService::ConfigurationPtr Load() const {
    auto configuration = std::make_shared<AuthPolicyConfiguration>();
    configuration->options = options;
    configuration->secret = ReadSecret(options.secret_file);
    configuration->account_of =
        [names = accounts::AccountNames::Load(site.accounts)](std::string_view login) {
          return names->Canonicalize(login).name;
        };
    return configuration;
  }
};

// The accounts' part of the shared file is read anew; the rest of it is not.
bool NeedsRestart(const Settings& running, const Settings& fresh) {
  config::SiteOptions site = fresh.site;
  site.accounts = running.site.accounts;
  return !(site == running.site) || !(fresh.options.listen == running.options.listen);
}

void Reload(const config::ConfigFiles& files, const Settings& running, AuthPolicyService& service) {
  milter::NotifyReloading();
  try {
    Settings fresh;
    config::LoadFiles(files, fresh.table, fresh.site);
    service.Replace(fresh.Load());
    if (NeedsRestart(running, fresh)) log::Warning("needs_restart");
    log::Info("configuration reloaded");
  } catch (const std::exception& error) {
    log::Error("reload failed, the old configuration stays").With("reason", error.what());
  }
  milter::NotifyReady();
}

void AwaitStop(const http::Server& server, const std::function<void()>& reload) {
  const bool watched = milter::WatchdogInterval() > 0us;
  for (;;) {
    switch (milter::WaitForSignal(kTick)) {
      case milter::Signal::kReload:
        reload();
        break;
      case milter::Signal::kStop:
        return;
      default:
        if (watched && server.IsAlive(kStalled)) milter::NotifyAlive();
    }
  }
}

http::ServerOptions ToServerOptions(const ListenOptions& listen) {
  http::ServerOptions options;
  options.address = *http::ListeningAddress::Parse(listen.address);
  options.workers = static_cast<std::size_t>(listen.threads);
  options.max_connections = static_cast<std::size_t>(listen.max_connections);
  return options;
}

AuthPolicyService::FindSuspension FindIn(const accounts::Suspensions& suspensions) {
  return [&suspensions](std::string_view account) -> std::optional<std::string> {
    const auto found = suspensions.Find(account);
    if (!found || found->level != accounts::Suspension::Level::kSuspend) return std::nullopt;
    return found->reference;
  };
}

int Serve(const Settings& settings, const config::ConfigFiles& files) {
  const auto configuration = settings.Load();
  const auto store = site::OpenStore(settings.site.store);
  journal::StoreJournal journal(*store, site::MakeJournalOptions(kProgram, settings.site));
  const auto suspensions = site::OpenSuspensions(kProgram, settings.site, *store);
  AuthPolicyService service(configuration, FindIn(*suspensions), *store, journal,
                            settings.site.store.deadline);
  const auto server =
      http::Server::Start(ToServerOptions(settings.options.listen),
                          [&](const http::Request& request) { return service.Handle(request); });
  if (!server)
    throw config::ConfigError("authpolicy.toml: server.address: " + server.error().message);
  log::Info("listening").With("address", (*server)->address().Format());
  if (configuration->secret.empty()) log::Warning("no_secret").With("see", "server.secret_file");
  milter::NotifyReady();
  AwaitStop(**server, [&] { Reload(files, settings, service); });
  log::Info("stopping");
  milter::NotifyStopping();
  return 0;
}

int Main(int argc, char** argv) {
  milter::BlockSignals();
  Settings settings;
  return site::RunProgram(argc, argv,
                          {"Answers Dovecot whether a login may proceed.", settings.table,
                           settings.site, [&] { settings.Load(); }},
                          [&](const config::ConfigFiles& files) { return Serve(settings, files); });
}

}  // namespace
}  // namespace gatepost::authpolicy

int main(int argc, char** argv) { return gatepost::authpolicy::Main(argc, argv); }
