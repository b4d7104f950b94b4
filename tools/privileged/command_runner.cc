#include "tools/privileged/command_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "common/base/clock.h"
#include "common/base/strings.h"
#include "common/base/unique_fd.h"
#include "common/privileged/client.h"

namespace gatepost::privileged {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::milliseconds;

std::string Reason(int error) { return std::generic_category().message(error); }

// Nobody but root (in tests: we) may decide what a root process runs.
Result<void> CheckProgram(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return Fail(ErrorKind::kNotFound, path + ": " + Reason(errno));
  }
  const bool ours = status.st_uid == 0 || status.st_uid == ::geteuid();
  const bool closed = (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (S_ISREG(status.st_mode) && ours && closed) return {};
  return Fail(ErrorKind::kPermission,
              path + ": must be a file that belongs to root and is writable for nobody else");
}

// Ends what was started, whatever happens here.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    Wait();
  }
  int Wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

struct Pipe {
  base::UniqueFd read;
  base::UniqueFd write;
};

Result<Pipe> MakePipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Fail(ErrorKind::kInternal, Reason(errno));
  Pipe pipe{base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

// What is started meanwhile has it for good. We write no file.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::size_t most_bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    if (most_bytes > 0) limit.rlim_cur = std::min<rlim_t>(most_bytes, before_.rlim_max);
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

// posix_spawn's two C objects, given back at the end.
class SpawnPlan {
 public:
  SpawnPlan(const Streams& streams, int errors) : most_bytes_(streams.most_bytes) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addchdir_np(&files_, "/");
    if (streams.input < 0) {
      posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    } else {
      posix_spawn_file_actions_adddup2(&files_, streams.input, STDIN_FILENO);
    }
    const int output = streams.output < 0 ? errors : streams.output;
    posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files_, errors, STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t none{};
    sigset_t all{};
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  Result<pid_t> Spawn(const std::vector<std::string>& argv) const {
    static const std::array<const char*, 3> kEnvironment{"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                                         "LC_ALL=C", nullptr};
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    pid_t pid = -1;
    const FileSizeLimit limit(most_bytes_);
    const int error = ::posix_spawn(&pid, argv[0].c_str(), &files_, &attributes_, words.data(),
                                    const_cast<char* const*>(kEnvironment.data()));
    if (error != 0) return Fail(ErrorKind::kInternal, argv[0] + ": " + Reason(error));
    return pid;
  }

 private:
  const std::size_t most_bytes_;
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

// What there is now. Keeps the beginning and reads the rest, so that the program can write it all.
// False at the end.
bool Drain(int fd, std::string& output) {
  std::array<char, 4'096> chunk;
  for (;;) {
    const ssize_t size = ::read(fd, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return size < 0;
    const std::size_t room = kMaxOutputBytes - output.size();
    output.append(chunk.data(), std::min(room, static_cast<std::size_t>(size)));
  }
}

// Until the program has ended; what it left behind may go on and keep its output open. False at
// the deadline.
bool AwaitEnd(int process, base::UniqueFd output_fd, Deadline deadline, std::string& output) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= milliseconds(0)) return false;
    std::array<pollfd, 2> watched{{{process, POLLIN, 0}, {output_fd.get(), POLLIN, 0}}};
    ::poll(watched.data(), watched.size(), static_cast<int>(left.count()));
    if (output_fd && !Drain(output_fd.get(), output)) output_fd.Reset();
    if (watched[0].revents != 0) return true;
  }
}

std::string LastLine(std::string_view output) {
  output = base::Trim(output);
  const std::size_t end = output.rfind('\n');
  return base::Printable(end == std::string_view::npos ? output : output.substr(end + 1));
}

}  // namespace

Result<Ended> RunProgram(const std::vector<std::string>& argv, milliseconds time_limit,
                         const Streams& streams) {
  if (const auto checked = CheckProgram(argv[0]); !checked) {
    return tl::unexpected(checked.error());
  }
  auto pipe = MakePipe();
  if (!pipe) return tl::unexpected(pipe.error());
  const auto pid = SpawnPlan(streams, pipe->write.get()).Spawn(argv);
  if (!pid) return tl::unexpected(pid.error());
  Child child(*pid);
  pipe->write.Reset();
  const base::UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
  if (!process) return Fail(ErrorKind::kInternal, "pidfd_open: " + Reason(errno));
  Ended ended;
  const auto deadline = std::chrono::steady_clock::now() + time_limit;
  if (!AwaitEnd(process.get(), std::move(pipe->read), deadline, ended.output)) {
    return Fail(ErrorKind::kTimeout, argv[0] + ": killed, as it ran for too long");
  }
  ended.status = child.Wait();
  return ended;
}

Result<void> RunCommand(const Command& command, milliseconds time_limit, const Streams& streams) {
  const auto ended = RunProgram(command.argv, time_limit, streams);
  if (!ended) return tl::unexpected(ended.error());
  const auto& good = command.good_statuses;
  if (std::find(good.begin(), good.end(), ended->status) == good.end()) {
    const std::string_view absent = command.absent_output;
    if (!absent.empty() && ended->output.find(absent) != std::string::npos) {
      return Fail(ErrorKind::kNotFound, std::string(kNoSuchMessage));
    }
    return Fail(ErrorKind::kInternal, command.argv[0] + ": status " +
                                          std::to_string(ended->status) + ": " +
                                          LastLine(ended->output));
  }
  if (ended->output.find(command.expected_output) != std::string::npos) return {};
  return Fail(ErrorKind::kNotFound, std::string(kNoSuchMessage));
}

}  // namespace gatepost::privileged
