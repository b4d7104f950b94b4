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
//
// Declaring a key or a section twice is a bug and throws std::logic_error.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/ip_address.h"
#include "common/config/config_error.h"

namespace gatepost::config {

class Option;
struct Entry;
class Complaints;

class OptionTable {
 public:
  OptionTable(std::string program, std::string file_name);
  ~OptionTable();
  OptionTable(const OptionTable&) = delete;
  OptionTable& operator=(const OptionTable&) = delete;

  const std::string& program() const { return program_; }
  const std::string& file_name() const { return file_name_; }

  // Options declared after this stand in the TOML table [name].
  void Section(std::string_view name, std::string_view meaning);

  // Each binds a variable, which holds the default now and the configured value after Load (again
  // the default where the file does not name the key). The variable must outlive the table.
  // `meaning` is plain sentences: they become the documentation.
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
  // `check` returns what is wrong with the text, such as "must be one word", or nothing.
  void Text(std::string_view key, std::string& value, std::string_view meaning,
            std::function<std::optional<std::string>(std::string_view)> check);
  // An absolute path; "" where the option is not used.
  void Path(std::string_view key, std::string& value, std::string_view meaning);
  void TextList(std::string_view key, std::vector<std::string>& value, std::string_view meaning);
  // `check` is asked about each item.
  void TextList(std::string_view key, std::vector<std::string>& value, std::string_view meaning,
                std::function<std::optional<std::string>(std::string_view)> check);
  void NetworkList(std::string_view key, std::vector<base::Network>& value,
                   std::string_view meaning);
  // The default must be one of the choices.
  template <class Enum>
  void Choice(std::string_view key, Enum& value,
              std::initializer_list<std::pair<std::string_view, Enum>> choices,
              std::string_view meaning);

  // Reads the file, a regular one of at most 1 MiB. All problems are collected and thrown together;
  // on a throw no variable has changed. A missing file is a problem.
  void Load(const std::string& path);
  // The same for a text; `name` stands in the messages.
  void Parse(std::string_view toml, const std::string& name);
  // Every option back to its default, as if an empty file had been read.
  void Reset();

  // The shipped sample: every section and option with its meaning, type and range as comments, and
  // its default commented out.
  std::string FormatToml() const;
  // --print-config: the values that the variables hold now, one a line; what differs from the
  // default is marked. Parse takes it back.
  std::string FormatEffective() const;
  // The OPTIONS part of a manual page in man(7) macros, generated at build time.
  std::string FormatManual() const;

 private:
  struct TomlSection {
    std::string name;  // "" for what stands before the first section
    std::string meaning;
    std::vector<std::unique_ptr<Option>> options;
  };

  void Add(std::unique_ptr<Option> option);
  void AddChoice(std::string_view key, std::vector<std::string> names,
                 std::function<std::size_t()> get, std::function<void(std::size_t)> set,
                 std::string_view meaning);
  template <class Visit>
  void ForEachOption(Visit visit) const;
  void StageTop(const Entry& entry, Complaints& complaints);
  void StageKey(const TomlSection& section, const Entry& entry, Complaints& complaints);
  const TomlSection* FindSection(std::string_view name) const;
  std::string DescribeUnknown(const TomlSection& section, const Entry& entry) const;
  std::string DescribeUnknownSection(const std::string& name) const;

  std::string program_;
  std::string file_name_;
  std::vector<TomlSection> sections_;  // the first is the unnamed one
};

template <class Enum>
void OptionTable::Choice(std::string_view key, Enum& value,
                         std::initializer_list<std::pair<std::string_view, Enum>> choices,
                         std::string_view meaning) {
  std::vector<std::string> names;
  std::vector<Enum> values;
  for (const auto& [name, choice] : choices) {
    names.emplace_back(name);
    values.push_back(choice);
  }
  AddChoice(
      key, std::move(names),
      [&value, values] {
        return static_cast<std::size_t>(std::find(values.begin(), values.end(), value) -
                                        values.begin());
      },
      [&value, values](std::size_t index) { value = values[index]; }, meaning);
}

}  // namespace gatepost::config
