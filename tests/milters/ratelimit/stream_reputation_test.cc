// Streams of one domain on two hosts and a real Redis: each earns and loses its own standing, what
// comes back of it lowers its own limits, and the others do not suffer.
#include <chrono>
#include <thread>

#include "tests/milters/ratelimit/ratelimit_hosts.h"
#include "tests/support/redis_server.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using support::MilterClient;
using support::Program;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kOptions = R"([detector]
mode = "off"
[limits]
limits = [
  "10 recipients / hour by user stream=bulk stream-reputation<0=50% name=bulk",
  "10 recipients / hour by user stream=transactional stream-reputation<0=50% name=app",
]
)";
constexpr const char* kApp = "app@example.org";
constexpr const char* kNews = "news@example.org";

class StreamReputationTest : public testing::Test {
 protected:
  StreamReputationTest() {
    const std::string table = hosts_.Write("streams.table",
                                           "transactional user app@example.org\n"
                                           "bulk user news@example.org\n"
                                           "bulk header List-Id\n");
    site_ = "[accounts]\nstreams = \"" + table + "\"\n";
  }

  Program Start(const std::string& name) { return hosts_.Start(name, kOptions, site_); }

  // How many of these recipients were taken, in a message that was accepted.
  static int Send(MilterClient& client, const std::string& user, int recipients,
                  const std::string& queue_id = "4Xyz01abcdz", bool with_list_id = false) {
    client.SetMacro("{auth_authen}", user);
    std::vector<std::string> to;
    for (int i = 0; i < recipients; ++i) to.push_back("<r" + std::to_string(i) + "@example.net>");
    support::Message message{{{"From", " " + user}}, "Hello\r\n"};
    if (with_list_id) message.headers.push_back({"List-Id", " <news.example.org>"});
    const auto outcome = client.Send({"<" + user + ">", {}, to, queue_id}, message).value();
    int taken = 0;
    for (const auto& reply : outcome.recipients) taken += reply.GoesOn() ? 1 : 0;
    return outcome.reply.GoesOn() ? taken : 0;
  }

  std::string Gatepost(std::vector<std::string> words) {
    words.insert(words.begin(),
                 {GATEPOST_BIN_DIR "/gatepost", "--site", hosts_.SiteFile("cli", site_)});
    const auto output = hosts_.Log("gatepost-" + std::to_string(++commands_));
    EXPECT_TRUE(support::RunToEnd(words, output).has_value());
    return support::ReadWholeFile(output);
  }

  // Polled, as programs tell of streams a moment later.
  std::string Await(const std::vector<std::string>& words, const std::string& text) {
    std::string output;
    for (const auto end = steady_clock::now() + 20s; steady_clock::now() < end;) {
      output = Gatepost(words);
      if (output.find(text) != output.npos) break;
      std::this_thread::sleep_for(20ms);
    }
    EXPECT_THAT(output, HasSubstr(text));
    return output;
  }

  int commands_ = 0;
  support::RedisServer redis_;
  RatelimitHosts hosts_{redis_.url()};
  std::string site_;
};

TEST_F(StreamReputationTest, WhatBulkMailDoesCostsBulkMailAlone) {
  EXPECT_THAT(Gatepost({"feedback", kNews, "--complaints", "5"}),
              HasSubstr("also of stream bulk of example.org"));
  Program one = Start("one");
  Program two = Start("two");
  MilterClient first = hosts_.Client("one");
  MilterClient second = hosts_.Client("two");
  EXPECT_EQ(Send(first, kNews, 4), 4);
  EXPECT_EQ(Send(second, kNews, 4, "4XyzBulk"), 1) << "half of ten, shared by the hosts";
  EXPECT_EQ(Send(second, kApp, 12), 10);
  const std::string explained = Await({"explain", "4XyzBulk"}, "gatepost-ratelimit on two");
  EXPECT_THAT(explained, HasSubstr("stream  bulk   stream bulk of example.org: reputation -0.60"));
  EXPECT_THAT(explained, HasSubstr("of 5 recipients an hour"));
  EXPECT_THAT(explained, HasSubstr("50 % by reputation"));
}

TEST_F(StreamReputationTest, EachStreamEarnsAStandingOfItsOwn) {
  Program one = Start("one");
  MilterClient client = hosts_.Client("one");
  EXPECT_EQ(Send(client, kApp, 8), 8);
  Await({"reputation", "stream", "transactional", "example.org"}, "(good 8.0, bad 0.0)");
  EXPECT_THAT(Gatepost({"reputation", "stream", "bulk", "example.org"}),
              HasSubstr("Nothing is remembered"));
  EXPECT_EQ(Send(client, kNews, 12), 10) << "two hit the limit, once for the message";
  Await({"reputation", "stream", "bulk", "example.org"}, "(good 10.0, bad 0.1)");
  EXPECT_THAT(Gatepost({"reputation", "stream", "transactional", "example.org"}),
              HasSubstr("(good 8.0, bad 0.0)"));
}

TEST_F(StreamReputationTest, AStreamByAHeaderIsToldAtTheEnd) {
  Program one = Start("one");
  MilterClient client = hosts_.Client("one");
  EXPECT_EQ(Send(client, "alice@example.org", 3, "4XyzList", true), 3);
  Await({"reputation", "stream", "bulk", "example.org"}, "(good 3.0, bad 0.0)");
  EXPECT_THAT(Await({"explain", "4XyzList"}, "stream"), HasSubstr("stream bulk of example.org"));
}

TEST_F(StreamReputationTest, UnknownRecipientsCostTheStream) {
  Program one = Start("one");
  MilterClient client = hosts_.Client("one");
  client.SetMacro("{auth_authen}", kNews);
  ASSERT_TRUE(client.Mail("<news@example.org>"));
  for (int i = 0; i < 3; ++i) {
    const std::string nobody = "<nobody" + std::to_string(i) + "@example.org>";
    ASSERT_TRUE(client.RefusedRecipient(nobody, "User unknown"));
  }
  Await({"reputation", "stream", "bulk", "example.org"}, "(good 0.0, bad 45.0)");
}

TEST_F(StreamReputationTest, AnUnprovenSenderHarmsNoStream) {
  Program one = Start("one");
  MilterClient client = hosts_.Client("one");
  const support::Message message{{{"From", " news@example.org"}, {"List-Id", " <x>"}}, "Hello\r\n"};
  const support::Envelope envelope{"<news@example.org>", {}, {"<bob@example.net>"}, "4XyzForged"};
  EXPECT_TRUE(client.Send(envelope, message)->reply.GoesOn());
  Await({"explain", "4XyzForged"}, "gatepost-ratelimit on one");
  EXPECT_THAT(Gatepost({"reputation", "stream", "bulk", "example.org"}),
              HasSubstr("Nothing is remembered"));
}

}  // namespace
}  // namespace gatepost::ratelimit
