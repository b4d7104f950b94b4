// gatepost-dmarc: wires options, resolver, store, journal and service together.
#include <memory>
#include <string>
#include <utility>

#include "common/config/command_line.h"
#include "common/log/log.h"
#include "common/milter/server.h"
#include "common/site/open.h"
#include "common/site/run_program.h"
#include "milters/dmarc/dmarc_configuration.h"
#include "milters/dmarc/dmarc_service.h"

namespace gatepost::dmarc {
namespace {

constexpr const char* kProgram = "gatepost-dmarc";
constexpr const char* kFile = "dmarc.toml";

// Everything that the two configuration files say, with the tables that read them.
struct Settings {
  config::SiteOptions site;
  DmarcOptions options;
  config::OptionTable table{kProgram, kFile};

  Settings() { Declare(table, options); }
  std::shared_ptr<const DmarcConfiguration> Load(const config::SiteOptions& for_site) const {
    return LoadConfiguration(options, for_site, base::SystemClock::Instance());
  }
};

reputation::ReputationOptions ToReputation(const ReputationRules& rules) {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  reputation::ReputationOptions options;
  options.half_life = duration_cast<seconds>(rules.half_life);
  options.prior = static_cast<double>(rules.prior);
  options.cached_subjects = static_cast<std::size_t>(rules.cached_subjects);
  options.cache_time = duration_cast<seconds>(rules.cache_time);
  return options;
}

GreylistOptions ToGreylist(const GreylistRules& rules) {
  GreylistOptions options;
  options.min_delay = rules.min_delay;
  options.retry_window = rules.window;
  options.proof_life = rules.proof_life;
  return options;
}

// What the policy reads acts at once; the rest is built in at start.
bool NeedsRestart(const ReputationRules& running, ReputationRules fresh) {
  fresh.enabled = running.enabled;
  fresh.points = running.points;
  return !(running == fresh);
}

bool NeedsRestart(const GreylistRules& running, GreylistRules fresh) {
  fresh.mode = running.mode;
  fresh.below = running.below;
  return !(running == fresh);
}

void WarnOfWhatNeedsARestart(const Settings& running, const Settings& fresh) {
  const auto warn = [](const char* changed) {
    log::Warning("needs_restart").With("changed", changed);
  };
  if (!(running.options.listen == fresh.options.listen)) warn("[server]");
  if (NeedsRestart(running.options.reputation, fresh.options.reputation)) warn("[reputation]");
  if (NeedsRestart(running.options.greylist, fresh.options.greylist)) warn("[greylist]");
  if (!(running.site == fresh.site)) warn(config::kSiteFileName);
}

DmarcService::Configuration::Pointer ReadAgain(const config::ConfigFiles& files,
                                               const Settings& running) {
  Settings fresh;
  config::LoadFiles(files, fresh.table, fresh.site);
  WarnOfWhatNeedsARestart(running, fresh);
  return fresh.Load(running.site);
}

int Serve(const Settings& settings, const config::ConfigFiles& files) {
  const base::Clock& clock = base::SystemClock::Instance();
  const auto configuration = settings.Load(settings.site);
  const auto resolver = site::OpenResolver(settings.site.dns);
  const auto store = site::OpenStore(settings.site.store);
  report::ReportCollector reports(*store);  // outlives the writer, in whose thread it works
  store::BackgroundWriter writer(*store);
  reputation::Reputation reputation(*store, writer, ToReputation(settings.options.reputation),
                                    clock);
  Greylist greylist(*store, ToGreylist(settings.options.greylist));
  const auto suspensions = site::OpenSuspensions(kProgram, settings.site, *store);
  journal::StoreJournal journal(*store, site::MakeJournalOptions(kProgram, settings.site));
  DmarcService service(
      configuration, [&] { return ReadAgain(files, settings); },
      {*resolver, *store, writer, reports, reputation, greylist, *suspensions, journal, clock,
       settings.site.store.deadline, !settings.site.store.url.starts_with("memory:")});
  return milter::Run(milter::ToServerOptions(kProgram, settings.options.listen), service);
}

int Main(int argc, char** argv) {
  milter::BlockSignals();
  Settings settings;
  return site::RunProgram(argc, argv,
                          {"Judges arriving mail: SPF, DKIM, ARC, DMARC.", settings.table,
                           settings.site, [&] { settings.Load(settings.site); }},
                          [&](const config::ConfigFiles& files) { return Serve(settings, files); });
}

}  // namespace
}  // namespace gatepost::dmarc

int main(int argc, char** argv) { return gatepost::dmarc::Main(argc, argv); }
