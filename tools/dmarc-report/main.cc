// gatepost-dmarc-report: wires options, resolver, store and submission to what the command line
// asks for: a run, a dry run, or a bounce to learn from.
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "common/config/command_line.h"
#include "common/config/config_error.h"
#include "common/log/log.h"
#include "common/site/open.h"
#include "common/site/run_program.h"
#include "tools/dmarc-report/bounce.h"
#include "tools/dmarc-report/report_run.h"
#include "tools/dmarc-report/run_mode.h"

namespace gatepost::dmarc_report {
namespace {

constexpr const char* kProgram = "gatepost-dmarc-report";
constexpr const char* kFile = "dmarc-report.toml";
constexpr int kExitTemporary = 75;    // EX_TEMPFAIL of sysexits.h
constexpr int kExitCannotWrite = 73;  // EX_CANTCREAT
constexpr std::size_t kMaxBounceBytes = std::size_t{1} << 20;

struct Settings {
  config::SiteOptions site;
  ReportOptions options;
  config::OptionTable table{kProgram, kFile};

  Settings() { Declare(table, options); }
  void Complete() {
    dmarc_report::Complete(options);
    if (options.enabled && site.store.url == "memory:") {
      throw config::ConfigError(
          "gatepost.toml: store.url: reports need a store that programs share");
    }
  }
};

int Trouble(const base::Error& error) {
  log::Error("ended_early").With("reason", error.message);
  return error.kind == base::ErrorKind::kPermission ? kExitCannotWrite : kExitTemporary;
}

submit::Submitter OpenSubmitter(const Settings& settings) {
  const MailOptions& mail = settings.options.mail;
  return submit::Submitter(
      {mail.server, settings.site.identity.hostname, mail.timeout, mail.allow_remote});
}

int Send(ReportRun& run) {
  const auto counts = run.Run();
  if (!counts) return Trouble(counts.error());
  log::Line(counts->sent + counts->dropped > 0 ? log::Level::kInfo : log::Level::kDebug, "run")
      .With("sent", counts->sent)
      .With("failed", counts->failed)
      .With("dropped", counts->dropped)
      .With("another_sends", counts->another_sends ? "yes" : "no");
  return counts->server_away ? kExitTemporary : 0;
}

int WriteFiles(ReportRun& run, const std::string& directory) {
  const auto written = run.WriteFiles(directory);
  if (!written) return Trouble(written.error());
  std::cout << *written << " reports written to " << directory << "\n";
  return 0;
}

int RunReports(const Settings& settings, const RunMode& mode) {
  const auto resolver = site::OpenResolver(settings.site.dns);
  const auto store = site::OpenStore(settings.site.store);
  const DestinationCheck destinations(*resolver, WalkTree(*resolver));
  const submit::Submitter submitter = OpenSubmitter(settings);
  const Services services{store->shared(), destinations, submitter, base::SystemClock::Instance()};
  ReportRun run(settings.options, services);
  return mode.kind == RunMode::Kind::kSend ? Send(run) : WriteFiles(run, mode.directory);
}

// The first megabyte; all is read, so that the mail server can write it all.
std::string ReadBounce() {
  std::string text;
  std::array<char, 16'384> chunk;
  for (;;) {
    const ssize_t size = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    const std::size_t room = kMaxBounceBytes - text.size();
    text.append(chunk.data(), std::min(room, static_cast<std::size_t>(size)));
  }
}

// local(8) tells it so; pipe(8) gives it as an argument.
std::string RecipientOf(const RunMode& mode) {
  // There is one thread yet.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* const recipient = ::getenv("ORIGINAL_RECIPIENT");
  return !mode.recipient.empty() || recipient == nullptr ? mode.recipient : recipient;
}

int Learn(const Settings& settings, const RunMode& mode) {
  const std::string recipient = RecipientOf(mode);
  const std::string message = ReadBounce();
  const auto store = site::OpenStore(settings.site.store);
  const auto time = std::chrono::duration_cast<std::chrono::seconds>(settings.options.refusal_time);
  const auto outcome = LearnFromBounce({message, recipient}, time, store->shared(),
                                       base::SystemClock::Instance(), StoreDeadline());
  if (!outcome && outcome.error().kind != base::ErrorKind::kLimit) return Trouble(outcome.error());
  log::Info("bounce")
      .With("recipient", recipient)
      .With("outcome", outcome ? Name(*outcome) : "too_many");
  return 0;
}

int Work(const Settings& settings, const RunMode& mode) {
  if (!settings.options.enabled) {
    log::Info("disabled").With("file", kFile);
    return 0;
  }
  if (mode.kind == RunMode::Kind::kBounce) return Learn(settings, mode);
  return RunReports(settings, mode);
}

int Main(std::vector<char*> arguments) {
  RunMode mode;
  try {
    mode = TakeRunMode(arguments);
  } catch (const std::invalid_argument& error) {
    std::cerr << kProgram << ": " << error.what() << "\n";
    return config::kExitUsage;
  }
  Settings settings;
  return site::RunProgram(static_cast<int>(arguments.size()), arguments.data(),
                          {kModeHelp, settings.table, settings.site, [&] { settings.Complete(); }},
                          [&](const config::ConfigFiles&) {
                            settings.Complete();
                            return Work(settings, mode);
                          });
}

}  // namespace
}  // namespace gatepost::dmarc_report

int main(int argc, char** argv) { return gatepost::dmarc_report::Main({argv, argv + argc}); }
