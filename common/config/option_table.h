// A program's options, declared once: key, type, default, range, meaning. From the table come
// parsing, error messages with file, line and column, --check-config, --print-config, the manual
// page's OPTIONS and the shipped sample file. Used at start and reload, by one thread.
//
//   DkimOptions o;                                    // members hold the defaults
//   OptionTable t("gatepost-dkim", "dkim.toml");
//   t.Section("signing", "Who is signed, and how.");
//   t.Flag("enabled", o.signing_enabled, "Whether mail is signed.");
//   t.Choice("unknown_domain", o.unknown_domain, {{"pass", kPass}, {"refuse", kRefuse}}, "...");
//   t.Load("/etc/gatepost/dkim.toml");                // throws ConfigError
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/ip_address.h"

namespace gatepost::config {

// The configuration cannot be used; what() is one line per problem, each
// `dkim.toml:12:3: unknown key "selecter", did you mean "selector"?`.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr int kExitBadConfig = 78;  // EX_CONFIG of sysexits.h

class OptionTable {
 public:
  OptionTable(std::string program, std::string file_name);

  // Options declared after this stand in the TOML table [name].
  void Section(std::string_view name, std::string_view meaning);

  // Each binds a variable, which holds the default now and the configured value after Load. The
  // variable must outlive the table. `meaning` is plain sentences: they become the documentation.
  void Flag(std::string_view key, bool& value, std::string_view meaning);
  void Integer(std::string_view key, std::int64_t& value, std::int64_t least, std::int64_t most,
               std::string_view meaning);
  // "250ms", "10s", "5m", "2h", "7d"; a bare integer is refused, as its unit would be a guess.
  void Duration(std::string_view key, std::chrono::milliseconds& value,
                std::chrono::milliseconds least, std::chrono::milliseconds most,
                std::string_view meaning);
  // "64kB", "25MB" (powers of 1,024), or bytes as an integer.
  void Bytes(std::string_view key, std::int64_t& value, std::int64_t least, std::int64_t most,
             std::string_view meaning);
  void Text(std::string_view key, std::string& value, std::string_view meaning);
  // `check` returns what is wrong with the text, or nothing.
  void Text(std::string_view key, std::string& value, std::string_view meaning,
            std::function<std::optional<std::string>(std::string_view)> check);
  // An absolute path; "" where the option is not used.
  void Path(std::string_view key, std::string& value, std::string_view meaning);
  void TextList(std::string_view key, std::vector<std::string>& value, std::string_view meaning);
  void NetworkList(std::string_view key, std::vector<base::Network>& value,
                   std::string_view meaning);
  template <class Enum>
  void Choice(std::string_view key, Enum& value,
              std::initializer_list<std::pair<std::string_view, Enum>> choices,
              std::string_view meaning);

  // Reads the file. All problems are collected and thrown together; on a throw no variable has
  // changed. A missing file is a problem.
  void Load(const std::string& path);
  // The same for a text; `name` stands in the messages.
  void Parse(std::string_view toml, const std::string& name);

  // The file with every option, its meaning as comments and the bound variables' values: the
  // shipped sample before Load, --print-config after it.
  std::string FormatToml() const;
  // The OPTIONS part of a manual page, in mdoc... or man macros, generated at build time.
  std::string FormatManual() const;
};

}  // namespace gatepost::config
