#include "milters/attachments/scanner/file_names.h"

#include <algorithm>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

std::string_view Ending(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == name.npos ? std::string_view() : name.substr(dot);
}

}  // namespace

std::string LastOfPath(std::string_view path) {
  return std::string(path.substr(path.find_last_of("/\\:") + 1));
}

std::vector<std::string> DifferentNames(const std::vector<std::string>& names) {
  std::vector<std::string> different;
  for (const std::string& name : names) {
    const bool known = std::ranges::any_of(different, [&name](const std::string& other) {
      return base::EqualsIgnoreCase(Ending(other), Ending(name));
    });
    // A name without an ending tells nothing beside one that has it.
    if (!name.empty() && !known && (different.empty() || !Ending(name).empty())) {
      different.push_back(name);
    }
  }
  if (different.empty()) different.emplace_back();
  return different;
}

}  // namespace gatepost::attachments
