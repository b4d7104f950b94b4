#include "common/config/option_table.h"

#include <stdexcept>

#include "common/config/complaints.h"
#include "common/config/option.h"
#include "common/config/regular_file.h"
#include "common/config/spelling.h"
#include "common/config/toml_document.h"

namespace gatepost::config {
namespace {

constexpr std::size_t kLongestFile = std::size_t{1} << 20;

const Option* FindOption(const std::vector<std::unique_ptr<Option>>& options,
                         std::string_view key) {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const auto& option) { return option->key() == key; });
  return found == options.end() ? nullptr : found->get();
}

std::vector<std::string> KeysOf(const std::vector<std::unique_ptr<Option>>& options) {
  std::vector<std::string> keys;
  keys.reserve(options.size());
  for (const auto& option : options) keys.push_back(option->key());
  return keys;
}

std::string InSection(const std::string& name) {
  return name.empty() ? " outside of a section" : " in [" + name + "]";
}

}  // namespace

OptionTable::OptionTable(std::string program, std::string file_name)
    : program_(std::move(program)), file_name_(std::move(file_name)) {
  sections_.emplace_back();
}

OptionTable::~OptionTable() = default;

// -- declaration
// -----------------------------------------------------------------------------------

void OptionTable::Section(std::string_view name, std::string_view meaning) {
  const bool key_exists = FindOption(sections_.front().options, name) != nullptr;
  if (name.empty() || FindSection(name) != nullptr || key_exists) {
    throw std::logic_error("section declared twice or without a name: " + std::string(name));
  }
  sections_.push_back({std::string(name), std::string(meaning), {}});
}

void OptionTable::Add(std::unique_ptr<Option> option) {
  auto& options = sections_.back().options;
  if (FindOption(options, option->key()) != nullptr) {
    throw std::logic_error("option declared twice: " + option->key());
  }
  options.push_back(std::move(option));
}

void OptionTable::Flag(std::string_view key, bool& value, std::string_view meaning) {
  Add(MakeFlag({key, meaning}, value));
}

void OptionTable::Integer(std::string_view key, std::int64_t& value, std::int64_t least,
                          std::int64_t most, std::string_view meaning) {
  Add(MakeInteger({key, meaning}, value, {least, most}));
}

void OptionTable::Duration(std::string_view key, std::chrono::milliseconds& value,
                           std::chrono::milliseconds least, std::chrono::milliseconds most,
                           std::string_view meaning) {
  Add(MakeDuration({key, meaning}, value, {least, most}));
}

void OptionTable::Bytes(std::string_view key, std::int64_t& value, std::int64_t least,
                        std::int64_t most, std::string_view meaning) {
  Add(MakeBytes({key, meaning}, value, {least, most}));
}

void OptionTable::Text(std::string_view key, std::string& value, std::string_view meaning) {
  Add(MakeText({key, meaning}, value, nullptr));
}

void OptionTable::Text(std::string_view key, std::string& value, std::string_view meaning,
                       std::function<std::optional<std::string>(std::string_view)> check) {
  Add(MakeText({key, meaning}, value, std::move(check)));
}

void OptionTable::Path(std::string_view key, std::string& value, std::string_view meaning) {
  Add(MakePath({key, meaning}, value));
}

void OptionTable::TextList(std::string_view key, std::vector<std::string>& value,
                           std::string_view meaning) {
  Add(MakeTextList({key, meaning}, value, nullptr));
}

void OptionTable::TextList(std::string_view key, std::vector<std::string>& value,
                           std::string_view meaning,
                           std::function<std::optional<std::string>(std::string_view)> check) {
  Add(MakeTextList({key, meaning}, value, std::move(check)));
}

void OptionTable::NetworkList(std::string_view key, std::vector<base::Network>& value,
                              std::string_view meaning) {
  Add(MakeNetworkList({key, meaning}, value));
}

void OptionTable::AddChoice(std::string_view key, std::vector<std::string> names,
                            std::function<std::size_t()> get, std::function<void(std::size_t)> set,
                            std::string_view meaning) {
  if (get() >= names.size()) {
    throw std::logic_error("default is not among the choices: " + std::string(key));
  }
  Add(MakeChoice({key, meaning}, {std::move(names), std::move(get), std::move(set)}));
}

// -- reading
// ---------------------------------------------------------------------------------------

template <class Visit>
void OptionTable::ForEachOption(Visit visit) const {
  for (const TomlSection& section : sections_) {
    for (const auto& option : section.options) visit(*option);
  }
}

void OptionTable::Load(const std::string& path) {
  const auto text = ReadRegularFile(path, kLongestFile);
  if (!text) throw ConfigError(path + ": " + text.error().message);
  Parse(*text, path);
}

void OptionTable::Parse(std::string_view toml, const std::string& name) {
  Complaints complaints(name);
  const std::vector<Entry> entries = ParseToml(toml, complaints);
  ForEachOption([](Option& option) { option.StageDefault(); });
  for (const Entry& entry : entries) StageTop(entry, complaints);
  complaints.ThrowIfAny();
  ForEachOption([](Option& option) { option.Commit(); });
}

void OptionTable::Reset() { Parse("", ""); }

void OptionTable::StageTop(const Entry& entry, Complaints& complaints) {
  const TomlSection* const section = FindSection(entry.key);
  if (section == nullptr) return StageKey(sections_.front(), entry, complaints);
  if (entry.value.kind != Value::Kind::kTable) {
    complaints.Add(entry.at,
                   "[" + entry.key + "] must be a section, but is " + Describe(entry.value));
  }
  for (const Entry& inner : entry.value.entries) StageKey(*section, inner, complaints);
}

void OptionTable::StageKey(const TomlSection& section, const Entry& entry, Complaints& complaints) {
  if (complaints.full()) return;
  for (const auto& option : section.options) {
    if (option->key() == entry.key) return option->Stage(entry.value, complaints);
  }
  complaints.Add(entry.at, DescribeUnknown(section, entry));
}

const OptionTable::TomlSection* OptionTable::FindSection(std::string_view name) const {
  const auto found = std::find_if(sections_.begin() + 1, sections_.end(),
                                  [&](const TomlSection& section) { return section.name == name; });
  return found == sections_.end() ? nullptr : &*found;
}

// The nearest explanation wins: the key belongs elsewhere, is misspelled here, or both.
std::string OptionTable::DescribeUnknown(const TomlSection& section, const Entry& entry) const {
  const bool is_table = entry.value.kind == Value::Kind::kTable;
  if (is_table) {
    return DescribeUnknownSection(section.name + (section.name.empty() ? "" : ".") + entry.key);
  }
  const std::string unknown = "unknown key " + QuoteForMessage(entry.key);
  std::string homes;
  for (const TomlSection& other : sections_) {
    if (FindOption(other.options, entry.key) == nullptr) continue;
    const std::string home =
        other.name.empty() ? "before the first section" : "in [" + other.name + "]";
    homes += (homes.empty() ? ", it belongs " : " or ") + home;
  }
  if (!homes.empty()) return unknown + InSection(section.name) + homes;
  if (const auto closest = Closest(entry.key, KeysOf(section.options))) {
    return unknown + ", did you mean " + QuoteToml(*closest) + "?";
  }
  for (const TomlSection& other : sections_) {
    const auto closest = Closest(entry.key, KeysOf(other.options));
    if (closest) {
      return unknown + InSection(section.name) + ", did you mean " + QuoteToml(*closest) +
             InSection(other.name) + "?";
    }
  }
  return unknown + InSection(section.name);
}

std::string OptionTable::DescribeUnknownSection(const std::string& name) const {
  std::vector<std::string> names;
  for (const TomlSection& section : sections_) names.push_back(section.name);
  const auto closest = Closest(name, names);
  const std::string quoted = QuoteForMessage(name);
  const std::string unknown = "unknown section [" + quoted.substr(1, quoted.size() - 2) + "]";
  return closest ? unknown + ", did you mean [" + *closest + "]?" : unknown;
}

}  // namespace gatepost::config
