// gatepost-ratelimit: wires options, store, limits and service together.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "common/config/command_line.h"
#include "common/log/log.h"
#include "common/milter/server.h"
#include "common/privileged/client.h"
#include "common/site/open.h"
#include "common/site/run_program.h"
#include "milters/ratelimit/ratelimit_configuration.h"
#include "milters/ratelimit/ratelimit_service.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;

constexpr const char* kProgram = "gatepost-ratelimit";
constexpr const char* kFile = "ratelimit.toml";
constexpr auto kPrivilegedTime = 15s;

NoticeSite ToNoticeSite(const config::SiteOptions& site,
                        const RatelimitConfiguration& configuration) {
  return {site.identity.hostname, site.accounts.default_domain, configuration.names,
          configuration.contacts};
}

// Everything that the two configuration files say, with the tables that read them.
struct Settings {
  config::SiteOptions site;
  RatelimitOptions options;
  config::OptionTable table{kProgram, kFile};

  Settings() { Declare(table, options); }
  std::shared_ptr<const RatelimitConfiguration> Load() const {
    auto configuration = LoadConfiguration(options, site.accounts);
    Notices::Load(options.notices, ToNoticeSite(site, *configuration));
    return configuration;
  }
};

limits::LedgerOptions ToLedger(const LimitRules& rules) {
  limits::LedgerOptions options;
  options.reservation_life = rules.reservation_life;
  options.known_life = rules.known_life;
  options.most_known = rules.most_known;
  return options;
}

bool NeedsRestart(const LimitRules& running, const LimitRules& fresh) {
  return running.reservation_life != fresh.reservation_life ||
         running.known_life != fresh.known_life || running.most_known != fresh.most_known;
}

void WarnOfWhatNeedsARestart(const Settings& running, const Settings& fresh) {
  const auto warn = [](const char* changed) {
    log::Warning("needs_restart").With("changed", changed);
  };
  if (!(running.options.listen == fresh.options.listen)) warn("[server]");
  if (NeedsRestart(running.options.limits, fresh.options.limits)) warn("[limits]");
  if (!(running.options.response == fresh.options.response)) warn("[response]");
  if (running.options.notices.server != fresh.options.notices.server) warn("notices.server");
  // Its rows are read again.
  if (running.options.warmup.table.empty() != fresh.options.warmup.table.empty()) warn("[warmup]");
  if (!(running.site == fresh.site)) warn(config::kSiteFileName);
}

RatelimitService::Configuration::Pointer ReadAgain(const config::ConfigFiles& files,
                                                   const Settings& running, Notices& notices,
                                                   WarmUp* warm_up) {
  Settings fresh;
  config::LoadFiles(files, fresh.table, fresh.site);
  WarnOfWhatNeedsARestart(running, fresh);
  auto configuration = LoadConfiguration(fresh.options, running.site.accounts);
  auto writer = Notices::Load(fresh.options.notices, ToNoticeSite(running.site, *configuration));
  notices.Use(std::move(writer));
  if (warm_up != nullptr) warm_up->Use(configuration->warmup);
  return configuration;
}

WarmUp::Ask AskPrivileged(const std::string& socket) {
  return [socket](const std::string& verb, const std::string& argument) {
    return privileged::Ask(socket, verb, argument,
                           std::chrono::steady_clock::now() + kPrivilegedTime);
  };
}

// The root process's answer: "" when it is done.
Responder::Ask AskToRespond(const std::string& socket) {
  return [ask = AskPrivileged(socket)](const std::string& verb,
                                       const std::string& account) -> std::string {
    const auto done = ask(verb, account);
    return done ? "" : done.error().message;
  };
}

// nullptr where no address is warmed up.
std::unique_ptr<WarmUp> OpenWarmUp(const Settings& settings, const WarmUp::Site& site,
                                   std::shared_ptr<const WarmUpTable> table) {
  if (settings.options.warmup.table.empty()) return nullptr;
  WarmUp::Options options;
  options.host = settings.site.identity.hostname;
  if (const std::string& folder = settings.site.store.state_directory; !folder.empty()) {
    options.file = std::filesystem::path(folder) / (std::string(kProgram) + ".held");
  }
  return std::make_unique<WarmUp>(site, std::move(options), std::move(table),
                                  AskPrivileged(settings.options.response.privileged_socket));
}

int Serve(const Settings& settings, const config::ConfigFiles& files) {
  const base::Clock& clock = base::SystemClock::Instance();
  const auto configuration = settings.Load();
  const auto store = site::OpenStore(settings.site.store);
  journal::StoreJournal journal(*store, site::MakeJournalOptions(kProgram, settings.site));
  store::BackgroundWriter writer(*store);
  reputation::Reputation reputation(*store, writer, {}, clock);
  limits::Ledger ledger(*store, ToLedger(settings.options.limits), clock);
  const auto overrides = site::OpenOverrides(kProgram, settings.site, *store);
  const auto suspensions = site::OpenSuspensions(kProgram, settings.site, *store);
  Notices notices(settings.options.notices, ToNoticeSite(settings.site, *configuration), *store,
                  journal, clock);
  Responder responder({*suspensions, *store, journal, notices, clock, *configuration->names},
                      settings.options.response,
                      AskToRespond(settings.options.response.privileged_socket));
  const auto resolver =
      settings.options.warmup.table.empty() ? nullptr : site::OpenResolver(settings.site.dns);
  const auto warm_up =
      OpenWarmUp(settings, {*store, ledger, journal, resolver.get(), clock}, configuration->warmup);
  RatelimitService service(
      configuration, [&] { return ReadAgain(files, settings, notices, warm_up.get()); },
      {ledger, *overrides, *suspensions, reputation, responder, notices, warm_up.get(), journal,
       writer, clock, settings.site.store.deadline, settings.site.identity.hostname});
  return milter::Run(milter::ToServerOptions(kProgram, settings.options.listen), service);
}

int Main(int argc, char** argv) {
  milter::BlockSignals();
  Settings settings;
  return site::RunProgram(argc, argv,
                          {"Limits who may send how much, and stops stolen accounts.",
                           settings.table, settings.site, [&] { settings.Load(); }},
                          [&](const config::ConfigFiles& files) { return Serve(settings, files); });
}

}  // namespace
}  // namespace gatepost::ratelimit

int main(int argc, char** argv) { return gatepost::ratelimit::Main(argc, argv); }
