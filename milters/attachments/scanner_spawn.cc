#include "milters/attachments/scanner_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "milters/attachments/scanner/sanitized.h"

namespace gatepost::attachments {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using base::UniqueFd;

constexpr int kSocket = 3;
// What is handed over waits beyond the places where it is to be, so that none covers another.
constexpr int kBeyond = 128;

tl::unexpected<base::Error> SystemError(const std::string& what, int number) {
  return Fail(ErrorKind::kUnavailable, what + ": " + std::generic_category().message(number));
}

Result<std::string> ProgramPath(const ScannerOptions& options) {
  if (!options.program.empty()) return options.program;
  std::array<char, PATH_MAX> own;
  const ssize_t size = ::readlink("/proc/self/exe", own.data(), own.size());
  if (size <= 0) return SystemError("/proc/self/exe", errno);
  const std::string path(own.data(), static_cast<std::size_t>(size));
  return path.substr(0, path.rfind('/') + 1) + "gatepost-attachment-scanner";
}

Result<UniqueFd> Beyond(UniqueFd fd, const std::string& what) {
  if (!fd) return SystemError(what, errno);
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kBeyond));
  if (!moved) return SystemError(what, errno);
  return moved;
}

struct Ends {
  UniqueFd ours;
  UniqueFd theirs;
};

Result<Ends> MakeSockets() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return SystemError("socketpair", errno);
  }
  Ends ends{UniqueFd(pair[0]), UniqueFd(pair[1])};
  if (::fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0) return SystemError("socketpair", errno);
  auto moved = Beyond(std::move(ends.theirs), "socketpair");
  if (!moved) return tl::unexpected(moved.error());
  ends.theirs = std::move(*moved);
  return ends;
}

Result<std::vector<UniqueFd>> OpenScratch(const ScannerOptions& options) {
  std::vector<UniqueFd> files;
  for (std::size_t i = 0; i < options.scratch_files; ++i) {
    UniqueFd file(::open(options.scratch_folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    auto moved = Beyond(std::move(file), options.scratch_folder);
    if (!moved) return tl::unexpected(moved.error());
    files.push_back(std::move(*moved));
  }
  return files;
}

std::vector<std::string> Arguments(const std::string& program, const ScannerOptions& options) {
  std::vector<std::string> arguments{program, "--memory=" + std::to_string(options.memory_bytes),
                                     "--scratch=" + std::to_string(options.scratch_files),
                                     "--file-size=" + std::to_string(options.scratch_bytes)};
  if (!options.user.empty()) arguments.push_back("--user=" + options.user);
  if (options.allow_unconfined) arguments.emplace_back("--allow-unconfined");
  if (!options.seccomp) arguments.emplace_back("--no-seccomp");
  if (!options.landlock) arguments.emplace_back("--no-landlock");
  return arguments;
}

// posix_spawn's two C objects, given back at the end.
class Plan {
 public:
  Plan() {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&attributes_);
    sigset_t none{};
    sigset_t all{};
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  void Give(int fd, int place) { posix_spawn_file_actions_adddup2(&files_, fd, place); }
  void GiveNothing(int place) {
    posix_spawn_file_actions_addopen(&files_, place, "/dev/null", O_RDWR, 0);
  }
  Result<pid_t> Spawn(const std::vector<std::string>& arguments) const {
    static const std::array<const char*, 3> kEnvironment{"LC_ALL=C.UTF-8", "TZ=UTC0", nullptr};
    std::vector<char*> words;
    for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, words[0], &files_, &attributes_, words.data(),
                                    const_cast<char* const*>(kEnvironment.data()));
    if (error != 0) return SystemError(arguments[0], error);
    return pid;
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

// What the process writes would stand in the milter's log as if the milter had said it, so it has
// no place to write to; but for sanitizers, whose reports are wanted.
void GiveStandardFiles(Plan& plan) {
  plan.GiveNothing(STDIN_FILENO);
  plan.GiveNothing(STDOUT_FILENO);
  if (!kSanitized) plan.GiveNothing(STDERR_FILENO);
}

}  // namespace

Result<SpawnedScanner> SpawnScanner(const ScannerOptions& options) {
  const auto program = ProgramPath(options);
  if (!program) return tl::unexpected(program.error());
  auto sockets = MakeSockets();
  if (!sockets) return tl::unexpected(sockets.error());
  const auto scratch = OpenScratch(options);
  if (!scratch) return tl::unexpected(scratch.error());
  Plan plan;
  GiveStandardFiles(plan);
  plan.Give(sockets->theirs.get(), kSocket);
  int place = kSocket;
  for (const UniqueFd& file : *scratch) plan.Give(file.get(), ++place);
  const auto pid = plan.Spawn(Arguments(*program, options));
  if (!pid) return tl::unexpected(pid.error());
  return SpawnedScanner{*pid, std::move(sockets->ours)};
}

}  // namespace gatepost::attachments
