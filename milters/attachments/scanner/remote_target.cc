#include "milters/attachments/scanner/remote_target.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/base/strings.h"

namespace gatepost::attachments {

bool IsRemoteFile(std::string_view target) {
  std::string lower = base::ToLower(target);
  std::ranges::replace(lower, '\\', '/');
  if (target.starts_with("\\\\") || target.starts_with("//")) return true;
  if (!base::StartsWithIgnoreCase(target, "file:")) return false;
  const std::size_t path = lower.find_first_not_of('/', 5);
  if (path == lower.npos) return false;
  // Local are file:///C:/... and file:///home/..., not file://host/... and file:////host/...
  const bool drive = path + 1 < lower.size() && (lower[path + 1] == ':' || lower[path + 1] == '|');
  return !drive && path >= 7 && path != 8;
}

bool IsWeb(std::string_view target) {
  constexpr std::array<std::string_view, 7> kSchemes{
      "http:", "https:", "ftp:", "mhtml:", "mk:", "ms-its:", "dav:"};
  return std::ranges::any_of(kSchemes, [target](std::string_view scheme) {
    return base::StartsWithIgnoreCase(base::Trim(target), scheme);
  });
}

}  // namespace gatepost::attachments
