#include "common/privileged/client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "common/base/unique_fd.h"
#include "tests/support/temp_folder.h"

namespace gatepost::privileged {
namespace {

using base::ErrorKind;
using namespace std::chrono_literals;

base::Deadline In(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

// Takes one connection, reads what comes at once, and says `answer`.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : answer_(std::move(answer)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path().c_str());
    fd_.Reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(fd_.get(), generic, sizeof address) != 0 || ::listen(fd_.get(), 1) != 0) {
      throw std::runtime_error("no socket");
    }
    thread_ = std::thread([this] { Serve(); });
  }
  ~OneAnswer() {
    ::shutdown(fd_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string path() const { return folder_.path() / "socket"; }
  // After the answer came.
  const std::string& request() const { return request_; }

 private:
  void Serve() {
    const base::UniqueFd peer(::accept(fd_.get(), nullptr, nullptr));
    if (!peer) return;
    request_.resize(4'096);
    const ssize_t size = ::recv(peer.get(), request_.data(), request_.size(), 0);
    request_.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    static_cast<void>(::send(peer.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL));
    // Until the client goes, so that silence is silence.
    char ignored = 0;
    if (answer_.empty()) static_cast<void>(::recv(peer.get(), &ignored, 1, 0));
  }

  support::TempFolder folder_;
  std::string answer_;
  std::string request_;
  base::UniqueFd fd_;
  std::thread thread_;
};

TEST(PrivilegedClientTest, AsksInOneLineAndReadsOne) {
  const OneAnswer server("ok\n");
  EXPECT_TRUE(Ask(server.path(), "kick", "eva@example.org", In(10s)));
  EXPECT_EQ(server.request(), "kick eva@example.org\n");
}

TEST(PrivilegedClientTest, TellsWhatWentWrongThere) {
  const OneAnswer server("error there is no such message\n");
  const auto asked = Ask(server.path(), "release", "4XyZ0123", In(10s));
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().kind, ErrorKind::kInternal);
  EXPECT_EQ(asked.error().message, "there is no such message");
}

TEST(PrivilegedClientTest, NobodyThereIsUnavailable) {
  EXPECT_EQ(Ask("/nonexistent/socket", "kick", "eva", In(10s)).error().kind,
            ErrorKind::kUnavailable);
}

TEST(PrivilegedClientTest, WaitsNoLongerThanItsDeadline) {
  const OneAnswer server("");
  EXPECT_EQ(Ask(server.path(), "kick", "eva", In(50ms)).error().kind, ErrorKind::kTimeout);
}

TEST(PrivilegedClientTest, SendsNoWordsThatWouldBeAnotherRequest) {
  const std::string nul("a\0b", 3);
  for (const std::string& word : {std::string(), std::string("a b"), std::string("a\nkick bob"),
                                  nul, std::string("caf\xc3"), std::string(600, 'x')}) {
    EXPECT_EQ(Ask("/nonexistent/socket", "kick", word, In(10s)).error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(Ask("/nonexistent/socket", word, "eva", In(10s)).error().kind, ErrorKind::kInvalid);
  }
}

TEST(PrivilegedClientTest, ReadsAnswers) {
  EXPECT_TRUE(ParseAnswer("ok\n"));
  EXPECT_EQ(ParseAnswer("error a\tb\x80\n").error().message, "a?b?");
  EXPECT_EQ(ParseAnswer("").error().kind, ErrorKind::kUnavailable);
  for (const std::string& answer :
       {std::string("ok"), std::string("okay\n"), std::string("ok\n\n"), std::string("error\n"),
        std::string("error text"), "error " + std::string(2'000, 'x') + "\n"}) {
    EXPECT_EQ(ParseAnswer(answer).error().message, "it answered something else") << answer;
  }
}

}  // namespace
}  // namespace gatepost::privileged
