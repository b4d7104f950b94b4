#include "milters/attachments/scanner/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <system_error>

#include "common/base/unique_fd.h"

namespace gatepost::attachments {
namespace {

// As the newest kernel knows it; the header here may be older. Older kernels take a shorter one.
struct Ruleset {
  std::uint64_t files = 0;
  std::uint64_t ports = 0;   // from version 4 on
  std::uint64_t scopes = 0;  // from version 6 on
};

// One bit for each right: 13 at first; refer, truncate and device control came later.
std::uint64_t FileRights(long version) {
  const int bits = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
  return (std::uint64_t{1} << bits) - 1;
}

Ruleset Everything(long version) {
  Ruleset rules{FileRights(version), 0, 0};
  if (version >= 4) rules.ports = 3;   // to bind and to connect
  if (version >= 6) rules.scopes = 3;  // abstract sockets and signals
  return rules;
}

std::size_t SizeFor(long version) {
  if (version >= 6) return sizeof(Ruleset);
  return version >= 4 ? offsetof(Ruleset, scopes) : offsetof(Ruleset, ports);
}

}  // namespace

base::Result<std::uint8_t> DenyAllByLandlock() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version <= 0) return std::uint8_t{0};
  const Ruleset rules = Everything(version);
  const base::UniqueFd fd(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, SizeFor(version), 0)));
  if (!fd || ::syscall(SYS_landlock_restrict_self, fd.get(), 0) != 0) {
    return base::Fail(base::ErrorKind::kPermission,
                      "landlock: " + std::generic_category().message(errno));
  }
  return static_cast<std::uint8_t>(std::min(version, 255L));
}

}  // namespace gatepost::attachments
