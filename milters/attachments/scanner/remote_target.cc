#include "milters/attachments/scanner/remote_target.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/base/strings.h"
#include "milters/attachments/extension.h"

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

namespace {

// As Windows takes a command apart: up to the first blank, without what the address needs.
std::string_view CommandOf(std::string_view target) {
  constexpr std::string_view kBlank = "%20";
  target = target.substr(0, target.find(kBlank));
  target = target.substr(0, target.find(' '));
  return target.substr(0, target.find_first_of("?#"));
}

}  // namespace

bool IsProgramTarget(std::string_view target) {
  target = base::Trim(target);
  if (IsWeb(target)) return false;
  const std::string command = base::ToLower(CommandOf(target));
  const std::size_t dot = command.rfind('.');
  if (dot == command.npos || command.find_first_of("/\\", dot) != command.npos) return false;
  const Kind kind = KindOfExtension(std::string_view(command).substr(dot + 1));
  // "mailto:eva@site.com" is no program.
  return IsRisky(kind) && command.find('@') == command.npos;
}

bool IsWeb(std::string_view target) {
  constexpr std::array<std::string_view, 7> kSchemes{
      "http:", "https:", "ftp:", "mhtml:", "mk:", "ms-its:", "dav:"};
  return std::ranges::any_of(kSchemes, [target](std::string_view scheme) {
    return base::StartsWithIgnoreCase(base::Trim(target), scheme);
  });
}

}  // namespace gatepost::attachments
