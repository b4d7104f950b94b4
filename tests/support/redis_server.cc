#include "tests/support/redis_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "common/base/unique_fd.h"

namespace gatepost::support {
namespace {

constexpr std::chrono::seconds kStartTime{20};

std::filesystem::path MakeFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "gatepost-redis-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
  return name;
}

std::string EndOf(const std::filesystem::path& log) {
  constexpr std::size_t kMost = 1'000;
  std::ifstream stream(log);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  return text.substr(text.size() - std::min(text.size(), kMost));
}

std::string Encoded(const std::vector<std::string>& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const auto& word : words) {
    bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return bytes;
}

base::UniqueFd ConnectTo(const std::string& path) {
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fd.Reset();
  }
  return fd;
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> extra)
    : folder_(MakeFolder()), words_{"redis-server",       "--port", "0",     "--save", "",
                                    "--unixsocket",       socket(), "--dir", folder_,  "--logfile",
                                    folder_ / "redis.log"} {
  words_.insert(words_.end(), extra.begin(), extra.end());
  FirstStart();
}

RedisServer::RedisServer(const SentinelLines& lines)
    : folder_(MakeFolder()), words_{"redis-server", folder_ / "sentinel.conf", "--sentinel"} {
  // Rewritten by the sentinel itself, so it starts again as it was.
  std::ofstream(folder_ / "sentinel.conf")
      << "unixsocket " << socket() << "\ndir " << folder_.string() << "\nlogfile "
      << (folder_ / "redis.log").string() << "\n"
      << lines.text;
  FirstStart();
}

// Without an object nobody else would clean up.
void RedisServer::FirstStart() {
  try {
    Start();
  } catch (...) {
    End(SIGKILL);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    throw;
  }
}

RedisServer::~RedisServer() {
  End(SIGKILL);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void RedisServer::Start() {
  Spawn();
  WaitUntilItAnswers();
}

void RedisServer::Spawn() {
  std::vector<char*> arguments;
  for (auto& word : words_) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

void RedisServer::WaitUntilItAnswers() {
  const auto deadline = std::chrono::steady_clock::now() + kStartTime;
  while (Command({"PING"}).empty()) {
    const bool gone = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (gone) pid_ = -1;
    if (gone || std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("redis-server did not start: " + EndOf(folder_ / "redis.log"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void RedisServer::End(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, signal);
  ::kill(pid_, SIGCONT);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RedisServer::Stop() { End(SIGTERM); }
void RedisServer::Kill() { End(SIGKILL); }
void RedisServer::Freeze() { ::kill(pid_, SIGSTOP); }
void RedisServer::Thaw() { ::kill(pid_, SIGCONT); }

std::string RedisServer::Command(const std::vector<std::string>& words) const {
  const base::UniqueFd fd = ConnectTo(socket());
  if (!fd) return {};
  const std::string bytes = Encoded(words);
  if (::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return {};
  pollfd polled{fd.get(), POLLIN, 0};
  if (::poll(&polled, 1, 10'000) <= 0) return {};
  std::array<char, 65536> reply;
  const ssize_t size = ::recv(fd.get(), reply.data(), reply.size(), 0);
  return size > 0 ? std::string(reply.data(), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace gatepost::support
