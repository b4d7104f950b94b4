// The command line that every program has, so that its main stays a few lines:
//
//   int main(int argc, char** argv) {
//     milter::BlockSignals();
//     config::SiteOptions site;
//     dkim::Options options;
//     config::OptionTable table("gatepost-dkim", "dkim.toml");
//     dkim::Declare(table, options);
//     const config::Program program{"Signs and verifies mail with DKIM.", table, site, {}};
//     const config::Start start = config::ReadCommandLine(argc, argv, program);
//     if (start.exit_status) return *start.exit_status;
//     log::Open("gatepost-dkim", site.log.target, site.log.level);
//     ...                                             // serve; reload with LoadFiles(start.files)
//   }
//
// Programs stay in the foreground; there is no other mode. Called once, before threads exist.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/config/option_table.h"
#include "common/config/site_options.h"

namespace gatepost::config {

inline constexpr const char* kSitePath = "/etc/gatepost/gatepost.toml";

inline constexpr int kExitUsage = 64;        // EX_USAGE of sysexits.h
inline constexpr int kExitCannotPrint = 74;  // EX_IOERR

// A table that the program ships with, beside its options.
struct TableSample {
  std::string_view name;  // --print-sample=rules
  std::string_view file;  // "attachments.rules"
  std::string_view text;
};

// What the command line needs to know of a program.
struct Program {
  std::string_view summary;  // a sentence for --help
  OptionTable& table;        // declared, not loaded
  SiteOptions& site;
  // For --check-config alone, after both files were read: what is too slow for each start, such as
  // opening every private key. Throws ConfigError. May be empty.
  std::function<void()> check_thoroughly;
  std::optional<TableSample> table_sample = std::nullopt;
};

// Where the configuration was read, for reloads.
struct ConfigFiles {
  std::string program_path;
  std::string site_path;
  bool site_may_be_missing = true;  // it is at its default path, and then means the defaults
};

struct Start {
  std::optional<int> exit_status;  // set: main returns it, all is said
  ConfigFiles files;
};

// Reads the command line and then, unless it asks for nothing but text, both files into
// `program.table` and `program.site`. Answers --help, --version, --print-* and --check-config on
// stdout; says what is wrong on stderr, with exit status 64 (usage) or 78 (configuration).
Start ReadCommandLine(int argc, char* const* argv, const Program& program);

// Reads what all programs share into `site`, for a program that has no file of its own, and fills
// in the host's name. Throws ConfigError.
void LoadSite(const ConfigFiles& files, SiteOptions& site);

// Reads both files into `table` and `site` and fills in the host's name. The problems of both are
// thrown together as one ConfigError; then either may have been filled already, so a reload gives
// this fresh ones.
void LoadFiles(const ConfigFiles& files, OptionTable& table, SiteOptions& site);

}  // namespace gatepost::config
