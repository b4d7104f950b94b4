// The server over real sockets, with callers that behave and callers that do not.
#include "common/http/server.h"

#include <memory>
#include <stdexcept>
#include <thread>

#include "tests/support/http_caller.h"

namespace gatepost::http {
namespace {

using std::chrono::milliseconds;
using support::HttpCaller;
using testing::HasSubstr;
using testing::StartsWith;

Response Echo(const Request& request) {
  if (request.path == "/throw") throw std::runtime_error("of the handler's own");
  return {200, "text/plain",
          request.method + " " + request.path + " " + std::string(request.Query("command")) + " " +
              std::string(request.Header("x-key")) + " " + request.body};
}

std::string Post(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: x\r\nX-Key: k\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

class ServerTest : public testing::Test {
 protected:
  std::uint16_t Start(ServerOptions options = {}, Handler handler = Echo) {
    options.address = *ListeningAddress::Parse("127.0.0.1:0");
    server_ = Server::Start(options, std::move(handler)).value();
    return server_->address().port;
  }

  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersOneRequestAfterTheOtherOnAConnection) {
  HttpCaller caller(Start());
  for (int i = 0; i < 3; ++i) {
    const std::string reply = caller.Ask(Post("/a%20b?x=1&command=allow", "body"));
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(reply, HasSubstr("\r\n\r\nPOST /a b allow k body"));
  }
  EXPECT_EQ(server_->counts().requests, 3U);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInTheirOrder) {
  HttpCaller caller(Start());
  caller.Send(Post("/", "one") + Post("/", "two") + Post("/", "three"));
  for (const char* body : {"one", "two", "three"}) EXPECT_THAT(caller.Reply(), HasSubstr(body));
}

TEST_F(ServerTest, ClosesWhereTheCallerAsksForIt) {
  HttpCaller caller(Start());
  EXPECT_THAT(caller.Ask("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), HasSubstr("200 OK"));
  EXPECT_TRUE(caller.AwaitEnd());
}

TEST_F(ServerTest, AnExceptionOfTheHandlerIsA500AndTheServerLives) {
  HttpCaller caller(Start());
  EXPECT_THAT(caller.Ask(Post("/throw", "")), StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(caller.Ask(Post("/", "")), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, RefusesWhatIsTooLongOrNoRequest) {
  const std::uint16_t port = Start();
  const struct {
    const char* name;
    std::string input;
    const char* want;
  } cases[] = {
      {"huge body", "POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n" + std::string(9999, 'x'),
       "HTTP/1.1 413"},
      {"endless header", "GET / HTTP/1.1\r\nA: " + std::string(200'000, 'x'), "HTTP/1.1 413"},
      {"chunks", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400"},
      {"another protocol", "\x16\x03\x01 TLS\r\n\r\n", "HTTP/1.1 400"},
  };
  for (const auto& each : cases) {
    HttpCaller caller(port);
    EXPECT_THAT(caller.Ask(each.input), StartsWith(each.want)) << each.name;
    EXPECT_TRUE(caller.AwaitEnd()) << each.name;
  }
  EXPECT_EQ(server_->counts().refused, 4U);
}

TEST_F(ServerTest, SlowCallersHoldNoThreadAndAreCutOff) {
  ServerOptions options;
  options.workers = 1;
  options.request_timeout = milliseconds(300);
  const std::uint16_t port = Start(options);
  HttpCaller slow_head(port);
  HttpCaller slow_body(port);
  slow_head.Send("POST / HTTP/1.1\r\nHost:");
  slow_body.Send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab");
  HttpCaller caller(port);
  EXPECT_THAT(caller.Ask(Post("/", "quick")), HasSubstr("quick"));
  EXPECT_TRUE(slow_head.AwaitEnd());
  EXPECT_TRUE(slow_body.AwaitEnd());
}

TEST_F(ServerTest, AThousandSilentCallersDoNotKeepAnotherOut) {
  ServerOptions options;
  options.max_connections = 50;
  const std::uint16_t port = Start(options);
  std::vector<std::unique_ptr<HttpCaller>> silent;
  for (int i = 0; i < 1'000; ++i) silent.push_back(std::make_unique<HttpCaller>(port));
  HttpCaller caller(port);
  EXPECT_THAT(caller.Ask(Post("/", "late")), HasSubstr("late"));
  EXPECT_LE(server_->counts().connections, 50U);
}

TEST_F(ServerTest, FinishesWhatIsUnderWayWhenItStops) {
  std::atomic<bool> entered = false;
  std::atomic<bool> go_on = false;
  HttpCaller caller(Start({}, [&](const Request& request) {
    entered = true;
    while (!go_on) std::this_thread::yield();
    return Echo(request);
  }));
  caller.Send(Post("/", "last"));
  while (!entered) std::this_thread::yield();
  std::thread stop([this] { server_.reset(); });
  go_on = true;
  EXPECT_THAT(caller.Reply(), HasSubstr("last"));
  stop.join();
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  ServerOptions options;
  options.address = {*base::IpAddress::Parse("127.0.0.1"), Start()};
  const auto second = Server::Start(options, Echo);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("Address already in use"));
}

TEST(ListeningAddressTest, ReadsAddressesAndPortsAlone) {
  for (const char* good : {"127.0.0.1:4001", "[::1]:80", "192.0.2.1:0"}) {
    EXPECT_EQ(ListeningAddress::Parse(good).value().Format(), good);
  }
  for (const char* bad : {"", ":80", "localhost:80", "127.0.0.1", "127.0.0.1:", "::1:80",
                          "[127.0.0.1]:80", "127.0.0.1:70000", "127.0.0.1:-1", "[]:1"}) {
    EXPECT_FALSE(ListeningAddress::Parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace gatepost::http
