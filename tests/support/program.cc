#include "tests/support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "tests/support/milter_channel.h"

namespace gatepost::support {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

// In the child, between fork and exec: async-signal-safe calls alone.
[[noreturn]] void Become(char* const* argv, int log, int null, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::dup2(null, 0);
  ::dup2(log, 1);
  ::dup2(log, 2);
  ::execv(argv[0], argv);
  ::_exit(127);
}

std::string Tail(const std::string& text) {
  constexpr std::size_t kBytes = 2000;
  return text.size() <= kBytes ? text : "..." + text.substr(text.size() - kBytes);
}

}  // namespace

Result<Program> Program::Start(const std::vector<std::string>& command,
                               const std::filesystem::path& log) {
  if (command.empty() || ::access(command[0].c_str(), X_OK) != 0) {
    return Fail(ErrorKind::kNotFound,
                "cannot run " + (command.empty() ? std::string("nothing") : command[0]));
  }
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const base::UniqueFd out(
      ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  const base::UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!out || !null) return Fail(ErrorKind::kInternal, "cannot write " + log.string());
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) Become(argv.data(), out.get(), null.get(), parent);
  if (pid < 0) return Fail(ErrorKind::kInternal, "fork failed");
  return Program(pid, log);
}

Program::Program(pid_t pid, std::filesystem::path log)
    : pid_(pid),
      pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
      log_(std::move(log)) {}

Program::Program(Program&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      log_(std::move(other.log_)),
      status_(other.status_) {}

Program& Program::operator=(Program&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(log_, other.log_);
  std::swap(status_, other.status_);
  return *this;
}

Program::~Program() {
  if (pid_ < 0 || status_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Program::RunsFor(std::chrono::milliseconds time) {
  if (status_) return false;
  pollfd entry{pidfd_.get(), POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(time.count())) <= 0;
}

Result<void> Program::WaitForSocket(std::string_view socket, std::chrono::milliseconds timeout) {
  const base::Deadline deadline = std::chrono::steady_clock::now() + timeout;
  while (!ConnectSocket(socket, timeout)) {
    if (std::chrono::steady_clock::now() >= deadline) {
      return Fail(ErrorKind::kTimeout, "no socket in time; the log says:\n" + Tail(Log()));
    }
    if (!RunsFor(kPollInterval)) {
      return Fail(ErrorKind::kUnavailable, "the program ended; its log says:\n" + Tail(Log()));
    }
  }
  return {};
}

Result<int> Program::WaitForExit(std::chrono::milliseconds timeout) {
  if (status_) return *status_;
  if (RunsFor(timeout)) return Fail(ErrorKind::kTimeout, "the program still runs");
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) return Fail(ErrorKind::kInternal, "waitpid failed");
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return *status_;
}

void Program::Signal(int signal) const {
  if (!status_) ::kill(pid_, signal);
}

Result<int> Program::Stop(std::chrono::milliseconds timeout) {
  Signal(SIGTERM);
  auto status = WaitForExit(timeout);
  if (status) return status;
  Signal(SIGKILL);
  if (auto killed = WaitForExit(timeout); !killed) return killed;
  return Fail(ErrorKind::kTimeout, "SIGTERM did not end the program in time");
}

std::string Program::Log() const { return ReadWholeFile(log_); }

Result<int> RunToEnd(const std::vector<std::string>& command, const std::filesystem::path& log,
                     std::chrono::milliseconds timeout) {
  auto program = Program::Start(command, log);
  if (!program) return tl::unexpected(program.error());
  return program->WaitForExit(timeout);
}

std::string ReadWholeFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace gatepost::support
