// Reload, stop and the service manager.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/common/milter/server_process.h"

namespace gatepost::milter_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using support::Message;
using support::MilterClient;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Verdict = support::Reply::Verdict;

const Message& Sample() {
  static const Message message = Message::Parse("From: alice@example.test\n\nHello\n");
  return message;
}

milliseconds Since(steady_clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

// A message that has reached end of message and waits for Release.
class BlockedMessage {
 public:
  explicit BlockedMessage(const std::string& fifo) : fifo_(fifo) { ::mkfifo(fifo.c_str(), 0600); }
  ~BlockedMessage() {
    Release();
    if (thread_.joinable()) thread_.join();
  }
  void Send(ServerProcess& server) {
    client_.emplace(server.Client());
    thread_ = std::thread([this] {
      const auto outcome = client_->Send({}, Sample());
      if (outcome) verdict_ = outcome->reply.verdict;
    });
    server.WaitFor("eom");
  }
  void Release() {
    const int fd = ::open(fifo_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) writer_.Reset(fd);
  }
  std::optional<Verdict> Finish() {
    thread_.join();
    return verdict_;
  }

 private:
  std::string fifo_;
  base::UniqueFd writer_;
  std::optional<MilterClient> client_;
  std::optional<Verdict> verdict_;
  std::thread thread_;
};

std::string FifoIn(const support::TempFolder& folder) { return (folder.path() / "fifo").string(); }

// A NOTIFY_SOCKET.
class Systemd {
 public:
  Systemd() : path_((folder_.path() / "notify").string()) {
    fd_.Reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    ::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  const std::string& path() const { return path_; }
  // The next message that begins with `text`; "" when none came in ten seconds.
  std::string WaitFor(std::string_view text) {
    const auto deadline = steady_clock::now() + std::chrono::seconds(10);
    while (steady_clock::now() < deadline) {
      pollfd waiting{fd_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 100) <= 0) continue;
      char bytes[4096];
      const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
      const std::string message(bytes, got > 0 ? static_cast<std::size_t>(got) : 0);
      if (message.starts_with(text)) return message;
    }
    return "";
  }

 private:
  support::TempFolder folder_;
  std::string path_;
  base::UniqueFd fd_;
};

TEST(Stop, IsQuickWhereNothingRuns) {
  for (const int signal : {SIGTERM, SIGINT}) {
    ServerProcess server({});
    std::vector<MilterClient> idle;
    for (int i = 0; i < 10; ++i) idle.push_back(server.Client());
    const auto start = steady_clock::now();
    server.Signal(signal);
    EXPECT_EQ(server.WaitForExit(), 0);
    EXPECT_LT(Since(start), milliseconds(2500));  // libmilter's own takes up to 5 s
    EXPECT_FALSE(std::filesystem::exists(server.folder() / "milter.sock"));
  }
}

TEST(Stop, LetsTheRunningMessageFinishAndTakesNoNewConnections) {
  const support::TempFolder folder;
  for (const std::string socket : {"", "inet:0@127.0.0.1"}) {
    std::filesystem::remove(FifoIn(folder));
    BlockedMessage message(FifoIn(folder));
    ServerProcess server({.socket = socket}, {"at.eom=block:" + FifoIn(folder)});
    message.Send(server);
    server.Signal(SIGTERM);
    EXPECT_THAT(server.WaitFor("stopping"), HasSubstr("messages_under_way=1"));
    auto deadline = steady_clock::now() + std::chrono::seconds(5);
    while (MilterClient::Open(server.socket()) && steady_clock::now() < deadline) {
    }
    EXPECT_FALSE(MilterClient::Open(server.socket()));
    EXPECT_EQ(server.WaitForExit(milliseconds(0)), std::nullopt);
    message.Release();
    EXPECT_EQ(message.Finish(), Verdict::kContinue);
    EXPECT_EQ(server.WaitForExit(), 0);
  }
}

TEST(Stop, WaitsForAMessageBetweenItsEvents) {
  ServerProcess server({});
  auto client = server.Client();
  ASSERT_TRUE(client.Mail("<a@example.test>"));
  server.WaitFor("mail");
  server.Signal(SIGTERM);
  server.WaitFor("stopping");
  ASSERT_TRUE(client.Recipient("<b@example.test>"));
  const auto outcome = client.EndOfMessage();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->reply.verdict, Verdict::kContinue);
  EXPECT_EQ(server.WaitForExit(), 0);
}

TEST(Stop, StillServesLatecomersOnOldConnections) {
  ServerProcess server({});
  auto first = server.Client();
  auto second = server.Client();
  ASSERT_TRUE(first.Mail("<a@example.test>"));
  server.WaitFor("mail");
  server.Signal(SIGTERM);
  server.WaitFor("stopping");
  ASSERT_TRUE(second.Send({}, Sample()));
  ASSERT_TRUE(first.Recipient("<b@example.test>"));
  ASSERT_TRUE(first.EndOfMessage());
  EXPECT_EQ(server.WaitForExit(), 0);
}

TEST(Stop, GivesUpOnAMessageAfterTheTimeOut) {
  ServerProcess server({"drain=1"});
  auto client = server.Client();
  ASSERT_TRUE(client.Mail("<a@example.test>"));
  server.WaitFor("mail");
  const auto start = steady_clock::now();
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitForExit(), 0);
  EXPECT_GE(Since(start), milliseconds(1000));
  EXPECT_THAT(server.WaitFor("stopped"), HasSubstr("messages_cut_off=1"));
}

TEST(Stop, IsImmediateAtTheSecondSignal) {
  const support::TempFolder folder;
  BlockedMessage message(FifoIn(folder));
  ServerProcess server({"at.eom=block:" + FifoIn(folder)});
  message.Send(server);
  server.Signal(SIGTERM);
  server.WaitFor("stopping");
  const auto start = steady_clock::now();
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitForExit(), 0);
  EXPECT_LT(Since(start), milliseconds(2500));
}

TEST(Signals, OfOtherKindsDoNoHarm) {
  ServerProcess server({});
  for (const int signal : {SIGUSR1, SIGUSR2, SIGPIPE}) server.Signal(signal);
  EXPECT_TRUE(server.Client().Send({}, Sample()));
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitForExit(), 0);
}

// Twenty connections speak at the same moment, and each handler waits: none of them waits for
// another's to finish.
TEST(SlowHandlers, HoldUpNobodyElse) {
  const support::TempFolder folder;
  const std::string fifo = FifoIn(folder);
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  ServerProcess server({"at.eom=block:" + fifo});
  std::vector<MilterClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(server.Client());
  for (auto& client : clients) {
    ASSERT_TRUE(client.Mail("<a@example.test>"));
    ASSERT_TRUE(client.Recipient("<b@example.test>"));
    ASSERT_TRUE(client.EndOfHeaders());
  }
  for (std::size_t i = 0; i < clients.size(); ++i) ASSERT_NE(server.WaitFor("eoh"), "") << i;
  server.Signal(SIGSTOP);
  for (auto& client : clients) ASSERT_TRUE(client.SendFrame('E', {}));
  server.Signal(SIGCONT);
  for (std::size_t i = 0; i < clients.size(); ++i) ASSERT_NE(server.WaitFor("eom"), "") << i;
  const base::UniqueFd release(::open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  for (auto& client : clients) EXPECT_EQ(client.ReceiveFrame()->letter, 'c');
}

TEST(Reload, AnswersHangUpAndKeepsServing) {
  ServerProcess server({});
  auto client = server.Client();
  server.Signal(SIGHUP);
  EXPECT_NE(server.WaitFor("configuration reloaded"), "");
  EXPECT_TRUE(client.Send({}, Sample()));
}

TEST(Reload, ThatFailsOrThrowsKeepsTheOldConfiguration) {
  for (const std::string how : {"fail", "throw"}) {
    ServerProcess server({"reload=" + how});
    server.Signal(SIGHUP);
    EXPECT_THAT(server.WaitFor("reload failed"), HasSubstr(how == "fail" ? "dkim.toml" : "a bug"));
    EXPECT_TRUE(server.Client().Send({}, Sample()));
  }
}

TEST(Reload, UnderLoadLosesNoMessage) {
  ServerProcess server({"quiet=1"});
  std::atomic<bool> stop{false};
  std::atomic<int> sent{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> senders;
  for (int i = 0; i < 4; ++i) {
    senders.emplace_back([&] {
      auto client = server.Client();
      while (!stop) {
        const auto outcome = client.Send({}, Sample());
        if (!outcome || outcome->reply.verdict != Verdict::kContinue) ++failed;
        ++sent;
      }
    });
  }
  for (int i = 0; i < 300; ++i) {
    const int before = sent;
    server.Signal(SIGHUP);
    const auto deadline = steady_clock::now() + std::chrono::seconds(5);
    while (sent == before && steady_clock::now() < deadline) std::this_thread::yield();
  }
  stop = true;
  for (auto& sender : senders) sender.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GE(sent, 300);
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitForExit(), 0);
}

TEST(SystemdNotes, TellReadyReloadAndStop) {
  Systemd manager;
  ServerProcess server({.environment = {{"NOTIFY_SOCKET", manager.path()}}}, {});
  EXPECT_EQ(manager.WaitFor("READY"), "READY=1");
  EXPECT_EQ(manager.WaitFor("STATUS"),
            "STATUS=0 sessions, 0 messages under way, 0 in all, 0 failed");
  server.Signal(SIGHUP);
  EXPECT_THAT(manager.WaitFor("RELOADING"), HasSubstr("\nMONOTONIC_USEC="));
  EXPECT_EQ(manager.WaitFor("READY"), "READY=1");
  server.Signal(SIGTERM);
  EXPECT_THAT(manager.WaitFor("STOPPING"), StartsWith("STOPPING=1"));
}

TEST(SystemdNotes, FeedTheWatchdogOnAllKindsOfSockets) {
  for (const std::string socket : {"", "inet:0@127.0.0.1", "inet6:0@[::1]", "inet:0@0.0.0.0"}) {
    Systemd manager;
    ServerProcess server(
        {.socket = socket,
         .environment = {{"NOTIFY_SOCKET", manager.path()}, {"WATCHDOG_USEC", "900000"}}},
        {});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(manager.WaitFor("WATCHDOG"), "WATCHDOG=1") << socket;
    // A loaded machine may make a check late, never refuse it.
    EXPECT_THAT(server.Pending(), ::testing::Not(::testing::ContainsRegex("self-check.*refuse")));
  }
}

}  // namespace
}  // namespace gatepost::milter_test
