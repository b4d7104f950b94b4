#include "milters/attachments/scanner/link_target.h"

#include <cstddef>

namespace gatepost::attachments {
namespace {

constexpr std::string_view kSeparators = "/\\";

// How many folders deep a path ends below `depth`; -1 once it was above the top.
int Walk(std::string_view path, int depth) {
  while (!path.empty() && depth >= 0) {
    const std::size_t end = path.find_first_of(kSeparators);
    const auto step = path.substr(0, end);
    if (step == "..") {
      --depth;
    } else if (!step.empty() && step != ".") {
      ++depth;
    }
    path.remove_prefix(end == path.npos ? path.size() : end + 1);
  }
  return depth;
}

}  // namespace

bool LinkLeadsOut(std::string_view name, std::string_view target) {
  if (target.empty()) return false;
  if (kSeparators.find(target[0]) != kSeparators.npos) return true;
  if (target.size() > 1 && target[1] == ':') return true;
  const std::size_t folder = name.find_last_of(kSeparators);
  const int depth = folder == name.npos ? 0 : Walk(name.substr(0, folder), 0);
  return depth < 0 || Walk(target, depth) < 0;
}

}  // namespace gatepost::attachments
