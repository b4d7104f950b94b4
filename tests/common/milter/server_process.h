// milter_test_server as a child process, for tests: started, listening, its output read line by
// line with a deadline, and gone when this is. One thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/unique_fd.h"
#include "tests/support/milter_client.h"
#include "tests/support/temp_folder.h"

namespace gatepost::milter_test {

class ServerProcess {
 public:
  struct Start {
    std::string socket{};   // "": a unix socket in a folder of its own
    int inherited_fd = -1;  // becomes descriptor 3 of the child
    std::map<std::string, std::string> environment{};
    bool listens = true;  // wait until it does
  };

  explicit ServerProcess(const std::vector<std::string>& options) : ServerProcess({}, options) {}
  ServerProcess(const Start& start, const std::vector<std::string>& options);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();  // kills it

  const std::string& socket() const { return socket_; }
  std::filesystem::path folder() const { return folder_.path(); }
  pid_t pid() const { return pid_; }

  // The next line that contains `text`; lines before it are dropped. "" when none came within ten
  // seconds. Events come from standard output, the log from standard error.
  std::string WaitFor(std::string_view text);
  // All lines up to and including the one that contains `last`.
  std::vector<std::string> LinesUntil(std::string_view last);
  // Everything read so far and not yet given away, plus what is there now.
  std::string Pending();

  void Signal(int number) const;
  // The exit status; nothing when it has not ended in time, 128 + n when signal n ended it.
  std::optional<int> WaitForExit(
      std::chrono::milliseconds patience = std::chrono::milliseconds(10'000));

  // Ready for messages; throws where the server does not answer.
  support::MilterClient Client(support::ClientOptions options = {}) const;

 private:
  void Launch(const Start& start, const std::vector<std::string>& options, int output);
  bool ReadMore(std::chrono::steady_clock::time_point deadline);
  std::optional<std::string> NextLine(std::chrono::steady_clock::time_point deadline);

  support::TempFolder folder_;
  std::string socket_;
  pid_t pid_ = -1;
  std::optional<int> status_;
  base::UniqueFd output_;
  std::string buffer_;
  std::string complaints_;  // of sanitizers
};

}  // namespace gatepost::milter_test
