#include "tools/cli/command.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "common/base/strings.h"

namespace gatepost::cli {

Arguments::Arguments(std::span<const std::string> words, std::span<const std::string_view> flags) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with("--")) {
      words_.push_back(words[i]);
      continue;
    }
    const std::string name = words[i].substr(2);
    if (std::ranges::find(flags, name) == flags.end()) {
      throw UsageError("unknown option --" + base::Printable(name, 40));
    }
    if (++i == words.size()) throw UsageError("--" + name + " needs a value");
    options_[name] = words[i];
  }
}

std::string Arguments::Option(std::string_view name) const {
  const auto found = options_.find(name);
  return found == options_.end() ? "" : found->second;
}

std::string Arguments::Take(std::string_view what) {
  if (AtEnd()) throw UsageError("needs " + std::string(what));
  return words_[at_++];
}

void Arguments::Finish() const {
  if (!AtEnd())
    throw UsageError("does not know what \"" + base::Printable(words_[at_], 40) + "\" is");
}

std::string FormatTime(base::WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

base::WallTime FromMilliseconds(std::int64_t unix_ms) {
  return base::WallTime(
      std::chrono::duration_cast<base::WallTime::duration>(std::chrono::milliseconds(unix_ms)));
}

void Columns::Print(std::ostream& out, std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows_) {
    out << indent;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      out << row[i] << (last ? "" : std::string(widths[i] - row[i].size() + 2, ' '));
    }
    out << "\n";
  }
}

}  // namespace gatepost::cli
