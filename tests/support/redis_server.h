// A private, real redis-server on a local socket in a folder of its own, which tests may stop,
// freeze and restart. It ends with this object, or with the test program.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace gatepost::support {

class RedisServer {
 public:
  // Starts it and waits until it answers. `extra` are redis-server options ("--maxmemory", "2mb").
  // Throws std::runtime_error with the end of its log when it does not come up.
  explicit RedisServer(std::vector<std::string> extra = {});
  // A sentinel with these lines of configuration ("sentinel monitor mail 127.0.0.1 6379 2\n").
  struct SentinelLines {
    std::string text;
  };
  explicit RedisServer(const SentinelLines& lines);
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::string socket() const { return folder_ / "redis.sock"; }
  std::string url() const { return "unix:" + socket(); }
  const std::filesystem::path& folder() const { return folder_; }

  void Stop();    // SIGTERM; waits for its end
  void Kill();    // SIGKILL; waits for its end
  void Freeze();  // SIGSTOP: connections are accepted, nothing is answered
  void Thaw();    // SIGCONT
  void Start();   // after Stop or Kill; its state is gone unless `extra` keeps it

  // Runs one command on a connection of its own; returns the raw reply ("+OK\r\n", ":1\r\n"), or
  // "" when there is none within ten seconds.
  std::string Command(const std::vector<std::string>& words) const;

 private:
  void FirstStart();
  void Spawn();
  void WaitUntilItAnswers();
  void End(int signal);

  std::filesystem::path folder_;
  std::vector<std::string> words_;  // the command
  pid_t pid_ = -1;
};

}  // namespace gatepost::support
