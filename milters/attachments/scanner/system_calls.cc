#include "milters/attachments/scanner/system_calls.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <system_error>

#include "milters/attachments/scanner/sanitized.h"

namespace gatepost::attachments {
namespace {

// Memory, time, files that are open already, the end.
constexpr std::array kAllowed{SCMP_SYS(read),
                              SCMP_SYS(write),
                              SCMP_SYS(pread64),
                              SCMP_SYS(pwrite64),
                              SCMP_SYS(lseek),
                              SCMP_SYS(fstat),
                              SCMP_SYS(ftruncate),
                              SCMP_SYS(close),
                              SCMP_SYS(brk),
                              SCMP_SYS(munmap),
                              SCMP_SYS(mremap),
                              SCMP_SYS(madvise),
                              SCMP_SYS(futex),
                              SCMP_SYS(getrandom),
                              SCMP_SYS(clock_gettime),
                              SCMP_SYS(gettimeofday),
                              SCMP_SYS(getrusage),
                              SCMP_SYS(times),
                              SCMP_SYS(alarm),
                              SCMP_SYS(rt_sigreturn),
                              SCMP_SYS(rt_sigprocmask),
                              SCMP_SYS(getpid),
                              SCMP_SYS(gettid),
                              SCMP_SYS(sched_yield),
                              SCMP_SYS(restart_syscall),
                              SCMP_SYS(exit),
                              SCMP_SYS(exit_group)};

constexpr std::array kNotFound{SCMP_SYS(open),     SCMP_SYS(openat),     SCMP_SYS(stat),
                               SCMP_SYS(lstat),    SCMP_SYS(newfstatat), SCMP_SYS(statx),
                               SCMP_SYS(access),   SCMP_SYS(faccessat),  SCMP_SYS(faccessat2),
                               SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd)};

constexpr std::array kSanitizers{SCMP_SYS(sigaltstack),
                                 SCMP_SYS(rt_sigaction),
                                 SCMP_SYS(nanosleep),
                                 SCMP_SYS(clock_nanosleep),
                                 SCMP_SYS(prctl),
                                 SCMP_SYS(pipe2),
                                 SCMP_SYS(pipe),
                                 SCMP_SYS(getppid),
                                 SCMP_SYS(ioctl),
                                 SCMP_SYS(set_robust_list),
                                 SCMP_SYS(sched_getaffinity)};

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_KILL_PROCESS), &::seccomp_release) {
    if (context_ == nullptr) error_ = ENOMEM;
    // One filter for all threads: a sanitizer's runtime may have one of its own.
    if (kSanitized) Note(::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
  }
  template <class... Conditions>
  void Add(std::uint32_t action, int call, Conditions... conditions) {
    if (error_ != 0) return;
    Note(::seccomp_rule_add(context_.get(), action, call, sizeof...(conditions), conditions...));
  }
  template <class Calls>
  void AddAll(std::uint32_t action, const Calls& calls) {
    for (const int call : calls) Add(action, call);
  }
  // 0, or what went wrong.
  int Load() {
    if (error_ == 0) Note(::seccomp_load(context_.get()));
    return error_;
  }

 private:
  void Note(int result) {
    if (result < 0 && error_ == 0) error_ = -result;
  }
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  int error_ = 0;
};

scmp_arg_cmp Equals(unsigned argument, scmp_datum_t value) {
  return scmp_arg_cmp{argument, SCMP_CMP_EQ, value, 0};
}

scmp_arg_cmp HasNone(unsigned argument, scmp_datum_t bits) {
  return scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, bits, 0};
}

scmp_arg_cmp HasAll(unsigned argument, scmp_datum_t bits) {
  return scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, bits, bits};
}

}  // namespace

base::Result<void> LimitSystemCalls(int socket) {
  const auto peer = static_cast<scmp_datum_t>(socket);
  Filter filter;
  filter.AddAll(SCMP_ACT_ALLOW, kAllowed);
  filter.AddAll(SCMP_ACT_ERRNO(EACCES), kNotFound);
  filter.Add(SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), Equals(0, peer));
  filter.Add(SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), Equals(0, peer));
  // Memory of its own, never to be run.
  filter.Add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), HasNone(2, PROT_EXEC), HasAll(3, MAP_ANONYMOUS));
  filter.Add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), HasNone(2, PROT_EXEC));
  // For abort(3), so that the log tells it from a forbidden call.
  filter.Add(SCMP_ACT_ALLOW, SCMP_SYS(tgkill), Equals(0, static_cast<scmp_datum_t>(::getpid())));
  if (kSanitized) filter.AddAll(SCMP_ACT_ALLOW, kSanitizers);
  const int error = filter.Load();
  if (error == 0) return {};
  return base::Fail(base::ErrorKind::kUnavailable,
                    "seccomp: " + std::generic_category().message(error));
}

}  // namespace gatepost::attachments
