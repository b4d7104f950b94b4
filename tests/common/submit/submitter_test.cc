// Conversations with a server that follows a script: what it hears is written down, what it says
// is given.
#include "common/submit/submitter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "common/base/unique_fd.h"

namespace gatepost::submit {
namespace {

using base::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

class ScriptedServer {
 public:
  // Says `banner` and then one answer after each line, or after the message's final dot. After
  // the last answer it says nothing more.
  ScriptedServer(std::string banner, std::vector<std::string> answers)
      : banner_(std::move(banner)), answers_(std::move(answers)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    listener_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 1) != 0) {
      throw std::runtime_error("cannot listen");
    }
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~ScriptedServer() { Stop(); }

  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }
  // All lines, the message as one; valid when the conversation is over.
  std::vector<std::string> Heard() {
    Stop();
    return heard_;
  }

 private:
  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  bool Readable(int fd) const {
    pollfd polled{fd, POLLIN, 0};
    while (!stopping_) {
      if (::poll(&polled, 1, 10) > 0) return true;
    }
    return ::poll(&polled, 1, 0) > 0;
  }
  void Serve() {
    if (!Readable(listener_.get())) return;
    const base::UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    Say(client.get(), banner_);
    std::string end = "\r\n";
    for (const std::string& answer : answers_) {
      if (!Hear(client.get(), end)) return;
      end = answer.starts_with("354") ? "\r\n.\r\n" : "\r\n";
      Say(client.get(), answer);
    }
    while (Hear(client.get(), "\r\n")) continue;
  }
  static void Say(int client, const std::string& text) {
    const std::string line = text + "\r\n";
    ::send(client, line.data(), line.size(), MSG_NOSIGNAL);
  }
  bool Hear(int client, const std::string& end) {
    std::size_t at = 0;
    while ((at = unread_.find(end)) == std::string::npos) {
      std::array<char, 4096> chunk;
      if (!Readable(client)) return false;
      const ssize_t size = ::recv(client, chunk.data(), chunk.size(), 0);
      if (size <= 0) return false;
      unread_.append(chunk.data(), static_cast<std::size_t>(size));
    }
    heard_.push_back(unread_.substr(0, at));
    unread_.erase(0, at + end.size());
    return true;
  }

  const std::string banner_;
  const std::vector<std::string> answers_;
  base::UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::string unread_;
  std::vector<std::string> heard_;
  std::thread thread_;
};

const std::vector<std::string> kGoodAnswers{"250-mx\r\n250-8BITMIME\r\n250 SMTPUTF8",
                                            "250 ok",
                                            "250 ok",
                                            "354 go",
                                            "250 queued",
                                            "221 bye"};

Notice Simple() {
  return {"Mail system", "postmaster@example.org", "eva@example.org", "Your mailbox",
          "It is full.\n.\n..two\nend"};
}

base::Result<void> SendTo(const ScriptedServer& server, const Notice& notice,
                          std::chrono::milliseconds time = 10s) {
  return Submitter({server.endpoint(), "mx.example.org", time}).Send(notice);
}

TEST(Submitter, SendsWithTheNullSenderAndStuffsDots) {
  ScriptedServer server("220 mx", kGoodAnswers);
  ASSERT_TRUE(SendTo(server, Simple()));
  EXPECT_THAT(server.Heard(),
              ElementsAre("EHLO mx.example.org", "MAIL FROM:<>", "RCPT TO:<eva@example.org>",
                          "DATA", HasSubstr("\r\n\r\nIt is full.\r\n..\r\n...two\r\nend"), "QUIT"));
}

TEST(Submitter, MessageIdsAreOfThisHostAndDiffer) {
  std::string ids[2];
  for (std::string& id : ids) {
    ScriptedServer server("220 mx", kGoodAnswers);
    ASSERT_TRUE(SendTo(server, Simple()));
    const std::string message = server.Heard()[4];
    id = message.substr(message.find("Message-ID: <"), 62);
    EXPECT_THAT(id, HasSubstr("@mx.example.org>"));
  }
  EXPECT_NE(ids[0], ids[1]);
}

TEST(Submitter, AsksForSmtpUtf8OnlyWhereAnAddressNeedsIt) {
  ScriptedServer server("220 mx", kGoodAnswers);
  Notice notice = Simple();
  notice.to = "jürgen@example.org";
  ASSERT_TRUE(SendTo(server, notice));
  EXPECT_EQ(server.Heard()[1], "MAIL FROM:<> BODY=8BITMIME SMTPUTF8");
}

TEST(Submitter, WithoutSmtpUtf8SuchAnAddressCannotBeServed) {
  ScriptedServer server("220 mx", {"250 mx"});
  Notice notice = Simple();
  notice.to = "jürgen@example.org";
  EXPECT_EQ(SendTo(server, notice).error().kind, ErrorKind::kInvalid);
}

TEST(Submitter, ARefusalAtAnyStepIsToldByItsKind) {
  for (std::size_t step = 0; step < 5; ++step) {
    for (const auto& [reply, kind] :
         {std::pair("451 later", ErrorKind::kUnavailable),
          std::pair("550 no", ErrorKind::kPermission), std::pair("299 what", ErrorKind::kInvalid),
          std::pair("nonsense", ErrorKind::kInvalid)}) {
      if (std::string(reply) == "299 what" && step != 3) continue;  // elsewhere that is a yes
      auto answers = kGoodAnswers;
      answers[step] = reply;
      ScriptedServer server("220 mx", answers);
      const auto sent = SendTo(server, Simple());
      ASSERT_FALSE(sent) << step << reply;
      EXPECT_EQ(sent.error().kind, kind) << step << reply;
    }
  }
}

TEST(Submitter, ARefusingBannerAndALostConnectionAreUnavailable) {
  ScriptedServer refusing("421 too busy", {});
  EXPECT_EQ(SendTo(refusing, Simple()).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(Submitter({"127.0.0.1:1"}).Send(Simple()).error().kind, ErrorKind::kUnavailable);
}

TEST(Submitter, AnAnswerToQuitDoesNotMatterAnyMore) {
  auto answers = kGoodAnswers;
  answers.back() = "500 what";
  ScriptedServer server("220 mx", answers);
  EXPECT_TRUE(SendTo(server, Simple()));
}

TEST(Submitter, ASilentServerEndsAtTheDeadline) {
  ScriptedServer server("220 mx", {kGoodAnswers[0]});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(SendTo(server, Simple(), 100ms).error().kind, ErrorKind::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST(Submitter, ABadAddressNeedsNoServer) {
  Notice notice = Simple();
  notice.to = "eva@example.org>\r\nRCPT TO:<all@example.org";
  EXPECT_EQ(Submitter({"127.0.0.1:1"}).Send(notice).error().kind, ErrorKind::kInvalid);
}

base::Result<void> DeliverTo(const ScriptedServer& server, const Envelope& envelope,
                             std::string_view message) {
  return Submitter({server.endpoint(), "mx.example.org", 10s}).Deliver(envelope, message);
}

TEST(Submitter, DeliversAMessageAsItIsWithItsOwnSender) {
  ScriptedServer server("220 mx", kGoodAnswers);
  ASSERT_TRUE(DeliverTo(server, {"bounces+1@example.org", "eva@example.org"},
                        "Subject: x\r\n\r\n.dot\r\n"));
  EXPECT_THAT(server.Heard(),
              ElementsAre("EHLO mx.example.org", "MAIL FROM:<bounces+1@example.org>",
                          "RCPT TO:<eva@example.org>", "DATA", "Subject: x\r\n\r\n..dot", "QUIT"));
}

TEST(Submitter, AHeaderBeyondAsciiNeedsSmtpUtf8) {
  ScriptedServer server("220 mx", kGoodAnswers);
  ASSERT_TRUE(DeliverTo(server, {"", "eva@example.org"}, "To: j\xc3\xbc@example.org\r\n\r\nx\r\n"));
  EXPECT_EQ(server.Heard()[1], "MAIL FROM:<> BODY=8BITMIME SMTPUTF8");
}

TEST(Submitter, AnEnvelopeThatIsNotPlainNeedsNoServer) {
  const Submitter submitter({"127.0.0.1:1"});
  EXPECT_EQ(submitter.Deliver({"a@b>\r\nRSET", "c@d"}, "x").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(submitter.Deliver({"", "c@d> SIZE=1"}, "x").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(submitter.Deliver({"", ""}, "x").error().kind, ErrorKind::kInvalid);
}

TEST(Submitter, TellsWhetherTheServerCanBeReached) {
  ScriptedServer server("220 mx", kGoodAnswers);
  EXPECT_TRUE(Submitter({server.endpoint()}).Reach());
  EXPECT_THAT(server.Heard(), ElementsAre("EHLO localhost", "QUIT"));
  ScriptedServer busy("421 busy", {});
  EXPECT_EQ(Submitter({busy.endpoint()}).Reach().error().kind, ErrorKind::kUnavailable);
  EXPECT_FALSE(Submitter({"127.0.0.1:1"}).Reach());
}

TEST(Submitter, OptionsThatDoNotFitAreABadConfiguration) {
  EXPECT_THROW(Submitter({"192.0.2.1:25"}), std::invalid_argument);
  EXPECT_THROW(Submitter({"localhost:25"}), std::invalid_argument);
  EXPECT_THROW(Submitter({"127.0.0.1"}), std::invalid_argument);
  EXPECT_THROW(Submitter({"127.0.0.1:0"}), std::invalid_argument);
  EXPECT_THROW(Submitter({"[127.0.0.1]:25"}), std::invalid_argument);
  EXPECT_THROW(Submitter({"::1:25"}), std::invalid_argument);
  EXPECT_THROW(Submitter({"127.0.0.1:25", "bad host"}), std::invalid_argument);
  EXPECT_NO_THROW(Submitter({"[::1]:25"}));
  EXPECT_NO_THROW(Submitter({"192.0.2.1:25", "mx", 1s, true}));
}

}  // namespace
}  // namespace gatepost::submit
