#include "milters/attachments/scanner/type_names.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_set>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

struct Names {
  std::shared_mutex mutex;
  std::unordered_set<std::string, base::StringHash, std::equal_to<>> kept;
};

Names& Instance() {
  static Names* const names = new Names;  // outlives every thread
  return *names;
}

bool IsName(std::string_view name) {
  return name.size() <= kMostTypeNameBytes && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || base::IsAsciiDigit(c) || c == '-' || c == '.' ||
                  c == '+';
         });
}

}  // namespace

std::optional<std::string_view> KeepTypeName(std::string_view name) {
  if (!IsName(name)) return std::nullopt;
  Names& names = Instance();
  {
    const std::shared_lock lock(names.mutex);
    if (const auto found = names.kept.find(name); found != names.kept.end()) return *found;
  }
  const std::unique_lock lock(names.mutex);
  if (names.kept.size() >= kMostTypeNames) return std::nullopt;
  return *names.kept.emplace(name).first;
}

}  // namespace gatepost::attachments
