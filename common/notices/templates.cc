#include "common/notices/templates.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "common/base/strings.h"
#include "common/config/complaints.h"
#include "common/config/config_error.h"
#include "common/config/regular_file.h"
#include "common/config/spelling.h"

namespace gatepost::notices {
namespace {

namespace fs = std::filesystem;
using config::ConfigError;

constexpr std::size_t kMaxValueBytes = 500;

bool MayStandInName(char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '-'; }

// The next {name} from `from` on; other braces are text.
struct Placeholder {
  std::size_t begin = 0;
  std::size_t size = 0;
  std::string_view name;
};
std::optional<Placeholder> FindPlaceholder(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('{', from); at != std::string_view::npos;
       at = text.find('{', at + 1)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view name = text.substr(at + 1, end - at - 1);
    if (name.empty() || !std::ranges::all_of(name, MayStandInName)) continue;
    return Placeholder{at, end + 1 - at, name};
  }
  return std::nullopt;
}

void CheckLine(std::string_view line, std::size_t number, const std::vector<std::string>& allowed,
               config::Complaints& complaints) {
  for (auto found = FindPlaceholder(line, 0); found;
       found = FindPlaceholder(line, found->begin + found->size)) {
    const std::string name(found->name);
    if (std::ranges::count(allowed, name) != 0) continue;
    std::string problem = "unknown placeholder \"{" + base::Printable(name, 40) + "}\"";
    if (const auto meant = config::Closest(name, allowed)) {
      problem += ", did you mean \"{" + *meant + "}\"?";
    }
    complaints.Add({number, found->begin + 1}, std::move(problem));
  }
}

void Check(const std::string& path, std::string_view text, std::string_view placeholders) {
  config::Complaints complaints(path);
  const auto lines = base::Split(text, '\n');
  if (base::Trim(lines.front()).empty()) complaints.Add({1, 0}, "the first line is the subject");
  std::vector<std::string> allowed;
  for (const std::string_view name : base::Split(placeholders, ' ')) allowed.emplace_back(name);
  for (std::size_t i = 0; i < lines.size(); ++i) CheckLine(lines[i], i + 1, allowed, complaints);
  complaints.ThrowIfAny();
}

std::size_t NameOf(const Catalogue& catalogue, const fs::path& file) {
  const std::string stem = file.stem().string();
  const auto found = std::ranges::find(catalogue.names, stem);
  if (found != catalogue.names.end()) {
    return static_cast<std::size_t>(found - catalogue.names.begin());
  }
  std::string problem = file.string() + ": there is no notice of this name";
  if (const auto meant = config::Closest(stem, {catalogue.names.begin(), catalogue.names.end()})) {
    problem += ", did you mean \"" + *meant + ".txt\"?";
  }
  throw ConfigError(problem);
}

// In the order of their names, so that the same folder gives the same complaint.
std::vector<fs::path> ListFolder(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    if (!at->path().filename().string().starts_with('.')) entries.push_back(at->path());
  }
  if (failed) throw ConfigError(folder.string() + ": " + failed.message());
  std::ranges::sort(entries);
  return entries;
}

// What mail brought stands in no line of its own.
std::string OneLine(std::string_view value) {
  std::string line(value.substr(0, kMaxValueBytes));
  std::ranges::replace_if(
      line, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, '?');
  return line;
}

std::string FillIn(std::string_view text, const Templates::Values& values) {
  std::string filled;
  std::size_t at = 0;
  for (auto found = FindPlaceholder(text, 0); found; found = FindPlaceholder(text, at)) {
    filled += text.substr(at, found->begin - at);
    const auto value =
        std::ranges::find(values, found->name, &Templates::Values::value_type::first);
    const bool known = value != values.end() && !value->second.empty();
    filled += known ? OneLine(value->second) : "-";
    at = found->begin + found->size;
  }
  return filled += text.substr(at);
}

}  // namespace

Templates::Templates(const Catalogue& catalogue)
    : catalogue_(&catalogue), languages_(catalogue.languages.begin(), catalogue.languages.end()) {}

Templates Templates::Load(const Catalogue& catalogue, const std::string& folder) {
  Templates templates(catalogue);
  if (folder.empty()) return templates;
  for (const fs::path& entry : ListFolder(folder)) {
    const std::string language = entry.filename().string();
    std::error_code failed;
    if (fs::is_directory(entry, failed)) templates.LoadLanguage(entry.string(), language);
  }
  return templates;
}

void Templates::LoadLanguage(const std::string& folder, const std::string& language) {
  for (const fs::path& file : ListFolder(folder)) {
    if (file.extension() != ".txt") continue;
    const std::size_t name = NameOf(*catalogue_, file);
    auto text = config::ReadRegularFile(file.string(), kMaxBytes);
    if (!text) throw ConfigError(file.string() + ": " + text.error().message);
    Add(file.string(), language, name, *std::move(text));
  }
  if (!Knows(language)) languages_.push_back(language);
}

void Templates::Add(const std::string& path, const std::string& language, std::size_t name,
                    std::string text) {
  Check(path, text, catalogue_->placeholders(name));
  own_[language + "/" + std::string(catalogue_->names[name])] = std::move(text);
}

bool Templates::Knows(std::string_view language) const {
  return std::ranges::count(languages_, language) != 0;
}

std::string_view Templates::Find(std::size_t name, std::string_view language) const {
  for (const std::string_view tried : {language, std::string_view("en")}) {
    const auto own = own_.find(std::string(tried) + "/" + std::string(catalogue_->names[name]));
    if (own != own_.end()) return own->second;
    if (const auto built_in = catalogue_->text(name, tried); !built_in.empty()) return built_in;
  }
  return catalogue_->text(name, "en");
}

Templates::Filled Templates::Fill(std::size_t name, std::string_view language,
                                  const Values& values) const {
  const std::string_view whole = Find(name, language);
  const std::size_t end = std::min(whole.find('\n'), whole.size());
  std::string_view body = whole.substr(std::min(end + 1, whole.size()));
  while (body.starts_with('\n') || body.starts_with('\r')) body.remove_prefix(1);
  return {FillIn(base::Trim(whole.substr(0, end)), values), FillIn(body, values)};
}

}  // namespace gatepost::notices
