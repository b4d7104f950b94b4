// gatepost: the command line of people and timers.
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <string>
#include <vector>

#include "common/config/command_line.h"
#include "common/config/config_error.h"
#include "common/log/log.h"
#include "common/site/open.h"
#include "tools/cli/command.h"
#include "tools/cli/explain.h"
#include "tools/cli/feedback.h"
#include "tools/cli/hashes.h"
#include "tools/cli/limits.h"
#include "tools/cli/quarantine.h"
#include "tools/cli/reputation.h"
#include "tools/cli/suspend.h"
#include "tools/cli/warmup.h"

namespace gatepost::cli {
namespace {

constexpr std::string_view kUsage = R"(usage: gatepost [--site FILE] COMMAND

  explain QUEUE-ID|REFERENCE [--host NAME]
                          what each program decided about a message, and why
  feedback USER [--bounces N] [--complaints N] [--stream NAME]
                          what came back of the user's mail, for the detector of
                          stolen accounts and the reputation of the stream; called by
                          what reads bounces and complaints
  hashes                  the files that nobody shall get, by their SHA-256
  hashes add SHA256 [--why TEXT]
                          put one on the list, on all hosts
  hashes remove SHA256    take it off
  limits [--hours N]      the limits in force, and what they refused (or, in shadow
                          mode, would have refused)
  limits show SUBJECT     what was used: a user's address, or a kind and a name, such
                          as "pool example.org" or "client 192.0.2.1"
  limits set SUBJECT LIMIT AMOUNT [--until TIME] [--why TEXT]
                          another amount for one subject, on all hosts; LIMIT is a
                          name or "*", AMOUNT a number, "unlimited" or "off", TIME
                          such as 12h or 7d
  limits unset SUBJECT LIMIT
                          the usual amount again
  limits overrides        all that was set
  limits reset SUBJECT    forget what was counted
  limits top [--count N]  who is nearest to a limit
  quarantine list [--host NAME] [--recipient ADDRESS] [--state STATE]
                          mail that is held for what it holds; STATE is held (the
                          default), released, deleted, gone or all
  quarantine show QUEUE-ID
                          why it is held, from whom, for whom, with what
  quarantine release QUEUE-ID [--recipient ADDRESS]
                          deliver it, or a copy to one of its recipients alone; on the
                          host in whose queue it lies
  quarantine release --code CODE
                          the same by the code that a recipient got
  quarantine delete QUEUE-ID
                          delete it
  reputation SUBJECT      what is remembered of who sends: "client 192.0.2.1",
                          "network 192.0.2.0/24", "domain example.net" or
                          "stream bulk example.org"
  suspend USER [--why TEXT]
                          refuse the user's mail on all hosts, and end the sessions
  resume USER             let the user send again
  suspended               the accounts that are suspended or slowed down
  warmup                  new sending addresses: the day of the curve, what was used of
                          its allowance, what waits, when the next step comes

  --site FILE             what all programs share, by default /etc/gatepost/gatepost.toml
  --version, --help

The status is 0, 1 where nothing was found, 64 for a wrong command line, 75 while the
store is away, 78 for a wrong configuration.
)";

struct Command {
  std::string_view name;
  int (*run)(Context&, Arguments&);
  std::array<std::string_view, 4> options;
};
constexpr std::array kCommands{
    Command{"explain", Explain, {"host"}},
    Command{"feedback", Feedback, {"bounces", "complaints", "stream"}},
    Command{"hashes", Hashes, {"why"}},
    Command{"limits", Limits, {"count", "hours", "until", "why"}},
    Command{"quarantine", Quarantine, {"code", "host", "recipient", "state"}},
    Command{"reputation", Reputation, {}},
    Command{"resume", Resume, {}},
    Command{"suspend", Suspend, {"why"}},
    Command{"suspended", ListSuspended, {}},
    Command{"warmup", WarmUp, {}},
};

// Who is behind sudo; else the user of this process.
std::string Administrator() {
  // There is one thread yet.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* const sudo_user = ::getenv("SUDO_USER");
  if (sudo_user != nullptr && *sudo_user != '\0') return sudo_user;
  // There is one thread yet.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const passwd* const entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

// Takes "--site FILE" from the front.
config::ConfigFiles TakeFiles(std::vector<std::string>& words) {
  config::ConfigFiles files;
  files.site_path = config::kSitePath;
  if (words.empty() || words[0] != "--site") return files;
  if (words.size() < 2) throw UsageError("--site needs a file");
  files.site_path = words[1];
  files.site_may_be_missing = false;
  words.erase(words.begin(), words.begin() + 2);
  return files;
}

int RunCommand(const Command& command, std::span<const std::string> words,
               const config::ConfigFiles& files) {
  Arguments arguments(words, command.options);
  config::SiteOptions site;
  config::LoadSite(files, site);
  log::Open("gatepost", log::Target::kStderr, log::Level::kError);
  if (site.store.url == "memory:") {
    throw config::ConfigError(
        "gatepost.toml: store.url: this command needs a store that programs "
        "share");
  }
  const auto names = accounts::AccountNames::Load(site.accounts);
  const auto store = site::OpenStore(site.store);
  Context context{site,     store->shared(), *names, base::SystemClock::Instance(), Administrator(),
                  std::cout};
  return command.run(context, arguments);
}

int Dispatch(std::vector<std::string> words) {
  const config::ConfigFiles files = TakeFiles(words);
  if (words.empty()) throw UsageError("needs a command; gatepost --help lists them");
  if (words[0] == "--help") {
    std::cout << kUsage;
    return 0;
  }
  if (words[0] == "--version") {
    std::cout << "gatepost " GATEPOST_VERSION "\n";
    return 0;
  }
  const auto command = std::ranges::find(kCommands, words[0], &Command::name);
  if (command == kCommands.end()) {
    throw UsageError("no command \"" + base::Printable(words[0], 40) +
                     "\"; gatepost --help lists them");
  }
  return RunCommand(*command, std::span(words).subspan(1), files);
}

int Fail(const char* what, int status) {
  std::cerr << "gatepost: " << what << "\n";
  return status;
}

int Main(int argc, char** argv) {
  try {
    return Dispatch({argv + std::min(argc, 1), argv + argc});
  } catch (const UsageError& error) {
    return Fail(error.what(), config::kExitUsage);
  } catch (const StoreError& error) {
    return Fail(error.what(), kExitTemporary);
  } catch (const config::ConfigError& error) {
    return Fail(error.what(), config::kExitBadConfig);
  }
}

}  // namespace
}  // namespace gatepost::cli

int main(int argc, char** argv) { return gatepost::cli::Main(argc, argv); }
