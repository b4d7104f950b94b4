#include "common/config/complaints.h"

#include <algorithm>
#include <utility>

#include "common/config/config_error.h"

namespace gatepost::config {

void Complaints::Add(Position at, std::string text) {
  if (!full()) lines_.push_back({at, std::move(text)});
}

void Complaints::ThrowIfAny() {
  if (lines_.empty()) return;
  std::stable_sort(lines_.begin(), lines_.end(),
                   [](const Line& a, const Line& b) { return a.at < b.at; });
  std::string all;
  for (const Line& line : lines_) all.append(all.empty() ? "" : "\n").append(Format(line));
  if (full()) all.append("\n").append(name_).append(": more problems may follow");
  throw ConfigError(all);
}

std::string Complaints::Format(const Line& line) const {
  std::string text = name_;
  if (line.at.line > 0) text.append(":").append(std::to_string(line.at.line));
  if (line.at.column > 0) text.append(":").append(std::to_string(line.at.column));
  return text.append(": ").append(line.text);
}

}  // namespace gatepost::config
