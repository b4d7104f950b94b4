#include "tests/common/milter/server_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace gatepost::milter_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{10};
constexpr std::string_view kListening = "socket=";

int MillisecondsLeft(steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

std::vector<char*> Arguments(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

ServerProcess::ServerProcess(const Start& start, const std::vector<std::string>& options) {
  socket_ =
      start.socket.empty() ? "unix:" + (folder_.path() / "milter.sock").string() : start.socket;
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  output_.Reset(pipe[0]);
  const base::UniqueFd write_end(pipe[1]);
  Launch(start, options, write_end.get());
  if (!start.listens) return;
  const std::string line = WaitFor(kListening);
  if (line.empty()) throw std::runtime_error("the server does not listen: " + buffer_);
  if (start.inherited_fd < 0) socket_ = line.substr(line.find(kListening) + kListening.size());
}

void ServerProcess::Launch(const Start& start, const std::vector<std::string>& options,
                           int output) {
  std::vector<std::string> words{GATEPOST_BIN_DIR "/milter_test_server", socket_};
  words.insert(words.end(), options.begin(), options.end());
  const std::vector<char*> arguments = Arguments(words);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (start.inherited_fd == 3) ::fcntl(3, F_SETFD, 0);
  if (start.inherited_fd > 3) ::dup2(start.inherited_fd, 3);
  for (const auto& [name, value] : start.environment) ::setenv(name.c_str(), value.c_str(), 1);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

// A sanitizer's complaint in the server fails the test that caused it.
ServerProcess::~ServerProcess() {
  if (!status_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Pending();
  if (!complaints_.empty()) ADD_FAILURE() << "in the server: " << complaints_;
}

bool ServerProcess::ReadMore(steady_clock::time_point deadline) {
  pollfd waiting{output_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, MillisecondsLeft(deadline)) <= 0) return false;
  std::array<char, 65536> bytes{};
  const ssize_t got = ::read(output_.get(), bytes.data(), bytes.size());
  if (got <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  if (complaints_.empty() && buffer_.find("Sanitizer") != std::string::npos) complaints_ = "\n";
  if (!complaints_.empty()) complaints_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> ServerProcess::NextLine(steady_clock::time_point deadline) {
  for (;;) {
    const std::size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    if (!ReadMore(deadline)) return std::nullopt;
  }
}

std::string ServerProcess::WaitFor(std::string_view text) {
  const auto deadline = steady_clock::now() + kPatience;
  std::string dropped;
  while (const auto line = NextLine(deadline)) {
    if (line->find(text) != std::string::npos) return *line;
    dropped += *line + "\n";
  }
  buffer_ = dropped + buffer_;  // for the failure's message
  return "";
}

std::vector<std::string> ServerProcess::LinesUntil(std::string_view last) {
  const auto deadline = steady_clock::now() + kPatience;
  std::vector<std::string> lines;
  while (const auto line = NextLine(deadline)) {
    lines.push_back(*line);
    if (line->find(last) != std::string::npos) break;
  }
  return lines;
}

std::string ServerProcess::Pending() {
  while (ReadMore(steady_clock::now())) {
  }
  return std::exchange(buffer_, "");
}

void ServerProcess::Signal(int number) const { ::kill(pid_, number); }

std::optional<int> ServerProcess::WaitForExit(milliseconds patience) {
  if (status_) return status_;
  const base::UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd waiting{process.get(), POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return std::nullopt;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

support::MilterClient ServerProcess::Client(support::ClientOptions options) const {
  auto client = support::MilterClient::Start(socket_, options);
  if (!client) throw std::runtime_error("no client: " + client.error().message);
  return *std::move(client);
}

}  // namespace gatepost::milter_test
