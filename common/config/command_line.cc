#include "common/config/command_line.h"

#include <getopt.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <stdexcept>

namespace gatepost::config {
namespace {

constexpr std::string_view kDirectory = "/etc/gatepost/";

enum class Action {
  kServe,
  kCheckConfig,
  kPrintConfig,
  kPrintSample,
  kPrintManualOptions,
  kVersion,
  kHelp,
};

struct CommandLine {
  Action action = Action::kServe;
  std::string subject;  // of what is printed: "" the program itself, "site", or a table
  ConfigFiles files;
};

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Values above those of characters; kAction + the action.
constexpr int kSite = 256;
constexpr int kAction = 512;

constexpr int CodeOf(Action action) { return kAction + static_cast<int>(action); }

constexpr option kLongOptions[] = {
    {"config", required_argument, nullptr, 'c'},
    {"site", required_argument, nullptr, kSite},
    {"check-config", no_argument, nullptr, CodeOf(Action::kCheckConfig)},
    {"print-config", no_argument, nullptr, CodeOf(Action::kPrintConfig)},
    {"print-sample", optional_argument, nullptr, CodeOf(Action::kPrintSample)},
    {"print-manual-options", optional_argument, nullptr, CodeOf(Action::kPrintManualOptions)},
    {"version", no_argument, nullptr, CodeOf(Action::kVersion)},
    {"help", no_argument, nullptr, CodeOf(Action::kHelp)},
    {nullptr, 0, nullptr, 0},
};

constexpr std::string_view kHelp = R"(
  -c, --config FILE         the program's configuration, by default )";
constexpr std::string_view kHelpOfSite = R"(
      --site FILE           what all programs share, by default /etc/gatepost/gatepost.toml;
                            if that one is missing, the defaults hold
      --check-config        read the configuration, say whether it is good, and leave
      --print-config        print the values in effect, and leave
      --print-sample        print a sample of the program's configuration, and leave
      --print-sample=site   print a sample of gatepost.toml, and leave
      --print-manual-options[=site]
                            print the options as part of a manual page, and leave
      --version             print the version, and leave
      --help                print this, and leave

The program stays in the foreground. It leaves with status 64 for a wrong command
line and 78 for a wrong configuration.
)";

std::string WordThatFailed(char* const* argv) {
  // For a short option getopt may still stand in its word, and then optopt alone names it.
  if (optopt > 0 && optopt < kSite) return std::string("-") + static_cast<char>(optopt);
  return argv[optind - 1];
}

void SetAction(CommandLine& line, Action action) {
  if (line.action != Action::kServe && line.action != action) {
    throw UsageError("only one of --check-config, --print-..., --version and --help at a time");
  }
  line.action = action;
  if (optarg != nullptr) line.subject = optarg;
}

// "site" is known to all programs, the name of a table to the program that ships with it.
void CheckSubject(const CommandLine& line, const Program& program) {
  if (line.subject.empty() || line.subject == "site") return;
  const bool table = line.action == Action::kPrintSample && program.table_sample;
  if (table && line.subject == program.table_sample->name) return;
  const std::string choice =
      table ? "\"site\" or \"" + std::string(program.table_sample->name) + "\"" : "\"site\"";
  throw UsageError("the only value here is " + choice + ", not \"" + line.subject + "\"");
}

void Apply(int code, char* const* argv, CommandLine& line) {
  switch (code) {
    case 'c':
      line.files.program_path = optarg;
      return;
    case kSite:
      line.files.site_path = optarg;
      line.files.site_may_be_missing = false;
      return;
    case ':':
      throw UsageError("option \"" + std::string(argv[optind - 1]) + "\" needs a file");
    case '?':
      throw UsageError("unknown option \"" + WordThatFailed(argv) + "\"");
    default:
      SetAction(line, static_cast<Action>(code - kAction));
  }
}

CommandLine ParseCommandLine(int argc, char* const* argv, const OptionTable& table) {
  CommandLine line;
  line.files.program_path = std::string(kDirectory) + table.file_name();
  line.files.site_path = kSitePath;
  optind = 0;  // glibc: begin anew, whoever called getopt before
  for (;;) {
    // No other thread exists yet.
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    const int code = ::getopt_long(argc, argv, ":c:", kLongOptions, nullptr);
    if (code == -1) break;
    Apply(code, argv, line);
  }
  if (optind < argc) throw UsageError("unexpected \"" + std::string(argv[optind]) + "\"");
  return line;
}

std::string FormatHelp(const Program& program) {
  const OptionTable& table = program.table;
  std::string text = "Usage: " + table.program() + " [option]...\n";
  text.append(program.summary).append("\n");
  text.append(kHelp).append(kDirectory).append(table.file_name()).append(kHelpOfSite);
  if (const auto& sample = program.table_sample) {
    text.append("--print-sample=").append(sample->name).append(" prints a sample of ");
    text.append(sample->file).append(".\n");
  }
  return text;
}

std::string FormatConfig(const ConfigFiles& files, const OptionTable& table, SiteOptions site) {
  SiteOptions defaults;
  OptionTable site_table("gatepost", kSiteFileName);
  Declare(site_table, defaults);
  defaults = std::move(site);
  return "# " + files.site_path + "\n" + site_table.FormatEffective() + "\n# " +
         files.program_path + "\n" + table.FormatEffective();
}

// What the table of the program, or of the site, formats.
std::string FormatTable(const CommandLine& line, const OptionTable& table,
                        std::string (OptionTable::*format)() const) {
  if (line.subject.empty()) return (table.*format)();
  SiteOptions site;
  OptionTable site_table("all programs", kSiteFileName);
  Declare(site_table, site);
  return (site_table.*format)();
}

// What is printed without reading a file.
std::optional<std::string> FormatWithoutFiles(const CommandLine& line, const Program& program) {
  switch (line.action) {
    case Action::kHelp:
      return FormatHelp(program);
    case Action::kVersion:
      return program.table.program() + " " GATEPOST_VERSION "\n";
    case Action::kPrintSample:
      if (!line.subject.empty() && line.subject != "site") {
        return std::string(program.table_sample->text);
      }
      return FormatTable(line, program.table, &OptionTable::FormatToml);
    case Action::kPrintManualOptions:
      return FormatTable(line, program.table, &OptionTable::FormatManual);
    default:
      return std::nullopt;
  }
}

// A full disk must not pass for a good configuration file.
int Print(const std::string& text) {
  std::cout << text << std::flush;
  if (std::cout) return 0;
  std::cerr << "cannot write to standard output\n";
  return kExitCannotPrint;
}

// What is printed after both files were read, or nothing: serve.
std::optional<int> AnswerWithFiles(const CommandLine& line, const Program& program) {
  if (line.action == Action::kPrintConfig) {
    return Print(FormatConfig(line.files, program.table, program.site));
  }
  if (line.action != Action::kCheckConfig) return std::nullopt;
  if (program.check_thoroughly) program.check_thoroughly();
  return Print("configuration is good\n");
}

}  // namespace

void LoadSite(const ConfigFiles& files, SiteOptions& site) {
  OptionTable table("gatepost", kSiteFileName);
  Declare(table, site);
  // Any other trouble than absence (a directory closed to us, say) must be heard of.
  const bool missing = ::access(files.site_path.c_str(), F_OK) != 0 && errno == ENOENT;
  if (!missing || !files.site_may_be_missing) table.Load(files.site_path);
  FillIn(site);
}

Start ReadCommandLine(int argc, char* const* argv, const Program& program) {
  const std::string& name = program.table.program();
  try {
    const CommandLine line = ParseCommandLine(argc, argv, program.table);
    CheckSubject(line, program);
    if (const auto text = FormatWithoutFiles(line, program)) return {Print(*text), line.files};
    LoadFiles(line.files, program.table, program.site);
    return {AnswerWithFiles(line, program), line.files};
  } catch (const UsageError& error) {
    std::cerr << name << ": " << error.what() << "; see " << name << " --help\n";
    return {kExitUsage, {}};
  } catch (const ConfigError& error) {
    std::cerr << error.what() << "\n";
    return {kExitBadConfig, {}};
  }
}

void LoadFiles(const ConfigFiles& files, OptionTable& table, SiteOptions& site) {
  std::string problems;
  const auto collect = [&](const auto& load) {
    try {
      load();
    } catch (const ConfigError& error) {
      problems.append(problems.empty() ? "" : "\n").append(error.what());
    }
  };
  collect([&] { LoadSite(files, site); });
  collect([&] { table.Load(files.program_path); });
  if (!problems.empty()) throw ConfigError(problems);
}

}  // namespace gatepost::config
