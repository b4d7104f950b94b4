#include "milters/attachments/scanner/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <system_error>

#include "milters/attachments/scanner/landlock.h"
#include "milters/attachments/scanner/sanitized.h"
#include "milters/attachments/scanner/system_calls.h"

namespace gatepost::attachments {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr int kSocket = 3;
constexpr rlim_t kStackBytes = 2 << 20;
// Address space that is reserved and never used, by the C library's own account.
constexpr rlim_t kSpareAddresses = 64 << 20;

tl::unexpected<base::Error> SystemError(const std::string& what) {
  return Fail(ErrorKind::kPermission, what + ": " + std::generic_category().message(errno));
}

Result<void> Require(bool done, const char* what) {
  if (done) return {};
  return SystemError(what);
}

Result<void> BecomeUser(const std::string& name) {
  if (name.empty() || ::geteuid() != 0) return {};
  const passwd* const user = ::getpwnam(name.c_str());
  if (user == nullptr) return Fail(ErrorKind::kPermission, name + ": no such user");
  const bool done = ::setgroups(0, nullptr) == 0 &&
                    ::setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == 0 &&
                    ::setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == 0;
  return Require(done, "to become another user");
}

Result<void> DropCapabilities() {
  for (unsigned long one = 0; ::prctl(PR_CAPBSET_READ, one) >= 0; ++one) {
    ::prctl(PR_CAPBSET_DROP, one);  // without CAP_SETPCAP nothing could be gained by it either
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  return Require(::syscall(SYS_capset, &header, none.data()) == 0, "to drop capabilities");
}

Result<void> DropPrivileges(const std::string& user) {
  return BecomeUser(user)
      .and_then([] { return DropCapabilities(); })
      .and_then([] {
        return Require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
      })
      .and_then([] { return Require(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "no dumps"); });
}

// The service is stopped by its milter alone: systemd signals all processes of a service at once,
// while messages are still under way.
void IgnoreSignals() {
  for (const int one : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGXFSZ}) ::signal(one, SIG_IGN);
}

// Where memory runs out, this process is the one to go.
void OfferToOutOfMemory() { std::ofstream("/proc/self/oom_score_adj") << "1000\n"; }

void CloseFrom(int first) {
  if (::close_range(static_cast<unsigned>(first), ~0U, 0) == 0) return;
  for (int fd = first; fd < 65'536; ++fd) ::close(fd);
}

bool Limit(__rlimit_resource resource, rlim_t most) {
  const rlimit limit{most, most};
  return ::setrlimit(resource, &limit) == 0;
}

struct Pages {
  rlim_t all = 0;
  rlim_t data = 0;
};

Pages CountPages() {
  Pages pages;
  rlim_t unused = 0;
  std::ifstream("/proc/self/statm") >> pages.all >> unused >> unused >> unused >> unused >>
      pages.data;
  return pages;
}

bool LimitMemory(std::uint64_t memory) {
  const auto page = static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
  const Pages pages = CountPages();
  return pages.all > 0 && Limit(RLIMIT_DATA, pages.data * page + memory) &&
         Limit(RLIMIT_AS, pages.all * page + memory + kSpareAddresses);
}

Result<bool> LimitResources(const SandboxOptions& options) {
  const auto descriptors = static_cast<rlim_t>(options.descriptors + kSanitizerDescriptors) +
                           2;  // one that comes, one spare
  bool done = Limit(RLIMIT_CORE, 0) && Limit(RLIMIT_NPROC, 0) &&
              Limit(RLIMIT_NOFILE, descriptors) && Limit(RLIMIT_MEMLOCK, 0) &&
              Limit(RLIMIT_MSGQUEUE, 0);
  if (options.file_size > 0) done = done && Limit(RLIMIT_FSIZE, options.file_size);
  const bool limited = options.memory > 0 && !kSanitized;
  if (limited) done = done && Limit(RLIMIT_STACK, kStackBytes) && LimitMemory(options.memory);
  if (!done) return SystemError("resource limits");
  return limited;
}

Result<bool> LimitCalls(const SandboxOptions& options) {
  if (!options.seccomp) return false;
  const auto done = LimitSystemCalls(kSocket);
  if (done) return true;
  if (options.allow_unconfined) return false;
  return Fail(ErrorKind::kPermission, done.error().message);
}

}  // namespace

Result<ScannerReady> Confine(const SandboxOptions& options) {
  if (!options.seccomp && !options.allow_unconfined) {
    return Fail(ErrorKind::kPermission, "it may not serve without seccomp");
  }
  IgnoreSignals();
  OfferToOutOfMemory();
  CloseFrom(options.descriptors);
  if (::chdir("/") != 0) return SystemError("/");
  if (const auto dropped = DropPrivileges(options.user); !dropped) {
    return tl::unexpected(dropped.error());
  }
  ScannerReady ready;
  // Before files are out of reach: what memory there is now stands in one.
  const auto limited = LimitResources(options);
  if (!limited) return tl::unexpected(limited.error());
  ready.memory_limit = *limited;
  const auto landlock = options.landlock ? DenyAllByLandlock() : Result<std::uint8_t>(0);
  if (!landlock) return tl::unexpected(landlock.error());
  ready.landlock = *landlock;
  const auto calls = LimitCalls(options);
  if (!calls) return tl::unexpected(calls.error());
  ready.seccomp = *calls;
  return ready;
}

}  // namespace gatepost::attachments
