// gatepost-dkim: wires options, resolver, store, journal and service together.
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "common/config/command_line.h"
#include "common/journal/store_journal.h"
#include "common/log/log.h"
#include "common/milter/server.h"
#include "common/site/open.h"
#include "common/site/run_program.h"
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
  std::shared_ptr<const DkimConfiguration> Load() const { return LoadConfiguration(options, site); }
};

void WarnOfWhatNeedsARestart(const Settings& running, const Settings& fresh) {
  if (!(running.options.listen == fresh.options.listen)) {
    log::Warning("needs_restart").With("changed", "[server]");
  }
  if (!(running.site == fresh.site)) {
    log::Warning("needs_restart").With("changed", config::kSiteFileName);
  }
}

DkimService::Configuration::Pointer ReadAgain(const config::ConfigFiles& files,
                                              const Settings& running) {
  Settings fresh;
  config::LoadFiles(files, fresh.table, fresh.site);
  WarnOfWhatNeedsARestart(running, fresh);
  return LoadConfiguration(fresh.options, running.site);
}

int Serve(const Settings& settings, const config::ConfigFiles& files) {
  const auto configuration = settings.Load();
  const auto resolver = site::OpenResolver(settings.site.dns);
  const auto store = site::OpenStore(settings.site.store);
  const auto suspensions = site::OpenSuspensions(kProgram, settings.site, *store);
  journal::StoreJournal journal(*store, site::MakeJournalOptions(kProgram, settings.site));
  DkimService service(
      configuration, [&] { return ReadAgain(files, settings); }, *resolver, *suspensions, journal);
  return milter::Run(milter::ToServerOptions(kProgram, settings.options.listen), service);
}

int Main(int argc, char** argv) {
  milter::BlockSignals();
  Settings settings;
  return site::RunProgram(argc, argv,
                          {"Signs and verifies mail with DKIM.", settings.table, settings.site,
                           [&] { CheckEveryKey(*settings.Load()); }},
                          [&](const config::ConfigFiles& files) { return Serve(settings, files); });
}

}  // namespace
}  // namespace gatepost::dkim

int main(int argc, char** argv) { return gatepost::dkim::Main(argc, argv); }
