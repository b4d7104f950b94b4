// gatepost-attachments: wires options, scanner, store and service together.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "common/config/command_line.h"
#include "common/config/config_error.h"
#include "common/hashes/hash_list.h"
#include "common/log/log.h"
#include "common/milter/server.h"
#include "common/quarantine/held_list.h"
#include "common/quarantine/seal.h"
#include "common/site/open.h"
#include "common/site/run_program.h"
#include "milters/attachments/attachments_configuration.h"
#include "milters/attachments/attachments_service.h"
#include "milters/attachments/hold_notices.h"
#include "milters/attachments/scanner_pool.h"

namespace gatepost::attachments {
namespace {

constexpr const char* kProgram = "gatepost-attachments";
constexpr const char* kFile = "attachments.toml";

// Everything that the two configuration files say, with the table that reads them.
struct Settings {
  config::SiteOptions site;
  AttachmentsOptions options;
  config::OptionTable table{kProgram, kFile};

  Settings() { Declare(table, options); }
  std::shared_ptr<const AttachmentsConfiguration> Load() const {
    HoldNotices::Load(options.notices, site.identity.hostname);
    return LoadConfiguration(options, site);
  }
};

// What of [look] the scanner's processes are started with.
bool StartsScannersAlike(const LookOptions& one, const LookOptions& other) {
  return one.depth == other.depth && one.wait == other.wait &&
         one.spool_folder == other.spool_folder;
}

void WarnOfWhatNeedsARestart(const Settings& running, const Settings& fresh) {
  const auto warn = [](const char* changed) {
    log::Warning("needs_restart").With("changed", changed);
  };
  if (!(running.options.listen == fresh.options.listen)) warn("[server]");
  if (!(running.options.scanner == fresh.options.scanner)) warn("[scanner]");
  if (!StartsScannersAlike(running.options.look, fresh.options.look)) {
    warn("look.depth, look.wait or look.spool_folder");
  }
  if (!(running.options.malware == fresh.options.malware)) warn("[malware]");
  if (!(running.options.outbreak == fresh.options.outbreak)) warn("[outbreak]");
  if (running.options.notices.server != fresh.options.notices.server) warn("notices.server");
  if (!(running.site == fresh.site)) warn(config::kSiteFileName);
}

AttachmentsService::Configuration::Pointer ReadAgain(const config::ConfigFiles& files,
                                                     const Settings& running,
                                                     HoldNotices& notices) {
  Settings fresh;
  config::LoadFiles(files, fresh.table, fresh.site);
  WarnOfWhatNeedsARestart(running, fresh);
  auto configuration = LoadConfiguration(fresh.options, running.site);
  notices.Use(HoldNotices::Load(fresh.options.notices, running.site.identity.hostname));
  return configuration;
}

std::string LoadSecret(const config::QuarantineOptions& options) {
  auto secret = quarantine::LoadSecret(options.secret_file);
  if (!secret) throw config::ConfigError("quarantine.secret_file: " + secret.error().message);
  return *std::move(secret);
}

// This program's copy of what the store has, on disk; "" where there is no state directory.
std::filesystem::path CopyOf(const config::SiteOptions& site, const std::string& what) {
  if (site.store.state_directory.empty()) return {};
  return std::filesystem::path(site.store.state_directory) / (std::string(kProgram) + what);
}

hashes::HashList::Options ToHashList(const config::SiteOptions& site) {
  hashes::HashList::Options options;
  options.file = CopyOf(site, ".hashes");
  return options;
}

OutbreakTerms ToTerms(const OutbreakRules& rules) {
  OutbreakTerms terms;
  terms.senders = rules.senders;
  terms.window = rules.window;
  return terms;
}

quarantine::HeldList::Options ToHeldList(const config::SiteOptions& site) {
  quarantine::HeldList::Options options;
  options.host = site.identity.hostname;
  options.file = CopyOf(site, ".held");
  options.on_trouble = [](const std::string& trouble) {
    log::Warning("held_list").With("reason", trouble);
  };
  return options;
}

ScannerOptions ToScanner(const AttachmentsOptions& options, const InspectionLimits& limits) {
  ScannerOptions scanner;
  scanner.program = options.scanner.program;
  scanner.processes = static_cast<std::size_t>(options.scanner.processes);
  scanner.user = options.scanner.user;
  scanner.scratch_folder = limits.spool_folder;
  scanner.scratch_files = limits.scan.depth;
  scanner.scratch_bytes = limits.scan.member_bytes;
  scanner.memory_bytes = static_cast<std::uint64_t>(options.scanner.memory);
  scanner.time = options.look.wait;
  scanner.requests = static_cast<std::size_t>(options.scanner.requests);
  scanner.allow_unconfined = options.scanner.allow_unconfined;
  return scanner;
}

std::unique_ptr<ClamdClient> OpenClamd(const MalwareRules& rules) {
  if (rules.clamd.empty()) return nullptr;
  ClamdOptions options;
  options.server = rules.clamd;
  options.time = rules.time;
  options.most_bytes = static_cast<std::uint64_t>(rules.most_bytes);
  return std::make_unique<ClamdClient>(options);
}

int Serve(const Settings& settings, const config::ConfigFiles& files) {
  const base::Clock& clock = base::SystemClock::Instance();
  const auto configuration = settings.Load();
  const auto store = site::OpenStore(settings.site.store);
  journal::StoreJournal journal(*store, site::MakeJournalOptions(kProgram, settings.site));
  store::BackgroundWriter writer(*store);
  reputation::Reputation reputation(*store, writer, {}, clock);
  const auto suspensions = site::OpenSuspensions(kProgram, settings.site, *store);
  ScannerPool scanner(ToScanner(settings.options, configuration->limits));
  const auto clamd = OpenClamd(settings.options.malware);
  const std::string secret = LoadSecret(settings.site.quarantine);
  const hashes::HashList hashes(*store, ToHashList(settings.site));
  const Outbreaks outbreaks(*store, ToTerms(settings.options.outbreak));
  quarantine::HeldList held(*store, ToHeldList(settings.site), clock);
  HoldNotices notices(HoldNotices::Load(settings.options.notices, settings.site.identity.hostname),
                      {settings.site.identity.hostname, secret, settings.site.quarantine.code_life,
                       *store, journal, clock});
  AttachmentsService service(
      configuration, [&] { return ReadAgain(files, settings, notices); },
      {scanner, clamd.get(), *store, *suspensions, reputation, journal, hashes, outbreaks, held,
       notices, clock, settings.site.store.deadline, settings.site.identity.hostname, secret});
  return milter::Run(milter::ToServerOptions(kProgram, settings.options.listen), service);
}

int Main(int argc, char** argv) {
  milter::BlockSignals();
  Settings settings;
  return site::RunProgram(
      argc, argv,
      {"Judges attachments by what they are.", settings.table, settings.site,
       [&] { settings.Load(); },
       config::TableSample{"rules", "attachments.rules", RuleSet::DefaultText()}},
      [&](const config::ConfigFiles& files) { return Serve(settings, files); });
}

}  // namespace
}  // namespace gatepost::attachments

int main(int argc, char** argv) { return gatepost::attachments::Main(argc, argv); }
