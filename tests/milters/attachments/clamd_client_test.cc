#include "milters/attachments/clamd_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/milters/attachments/fake_clamd.h"
#include "tests/support/temp_folder.h"

namespace gatepost::attachments {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;
using Outcome = ClamdVerdict::Outcome;

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

ClamdOptions Options(const std::string& server) {
  ClamdOptions options;
  options.server = server;
  options.time = seconds(30);
  options.connect_time = seconds(10);
  return options;
}

std::string Z(std::string text) { return text + '\0'; }

// What it does with a stream; it is well, as it answers PING.
FakeClamd::Serve Streams(FakeClamd::Serve serve) {
  return [serve = std::move(serve)](ClamdPeer& peer) {
    const std::string command = peer.ReadCommand();
    if (command == "zPING") return peer.Say(Z("PONG"));
    if (command == "zINSTREAM") serve(peer);
  };
}

FakeClamd::Serve Answers(std::string answer) {
  return Streams([answer = std::move(answer)](ClamdPeer& peer) {
    peer.ReadChunks();
    peer.Say(answer);
  });
}

ClamdVerdict Check(ClamdClient& client, std::string_view message = "a message") {
  ClamdScan scan = client.Begin();
  scan.Feed(Bytes(message));
  return scan.Finish();
}

struct Case {
  std::string what;
  std::string answer;
  Outcome want;
  std::string text;
};

TEST(ClamdClient, TellsWhatClamdSays) {
  for (const Case& one : std::vector<Case>{
           {"clean", Z("stream: OK"), Outcome::kClean, ""},
           {"found", Z("stream: Eicar-Test-Signature FOUND"), Outcome::kFound,
            "Eicar-Test-Signature"},
           {"found, unprintable", Z("stream: E\x1b[1m\xff FOUND"), Outcome::kFound, "E?[1m?"},
           {"too large", Z("INSTREAM size limit exceeded. ERROR"), Outcome::kTooLarge, ""},
           {"an error", Z("stream: Can't allocate memory ERROR"), Outcome::kUnchecked,
            "clamd says: stream: Can't allocate memory ERROR"},
           {"found nothing", Z("stream:  FOUND"), Outcome::kUnchecked,
            "clamd says: stream:  FOUND"},
           {"another file", Z("/etc/passwd: OK"), Outcome::kUnchecked,
            "clamd says: /etc/passwd: OK"},
           {"garbage", Z("\x01\x02\xfe"), Outcome::kUnchecked, "clamd says: ???"},
           {"empty", Z(""), Outcome::kUnchecked, "clamd says: "},
           {"cut", "stream: OK", Outcome::kUnchecked, "clamd hung up without an answer"},
           {"nothing", "", Outcome::kUnchecked, "clamd hung up without an answer"},
           {"without end", std::string(100'000, 'a'), Outcome::kUnchecked,
            "clamd's answer has no end"}}) {
    const FakeClamd clamd(Answers(one.answer));
    ClamdClient client(Options(clamd.server()));
    const ClamdVerdict verdict = Check(client);
    EXPECT_EQ(verdict.outcome, one.want) << one.what;
    EXPECT_EQ(verdict.text, one.text) << one.what;
  }
}

TEST(ClamdClient, StreamsAllThatItIsFed) {
  const support::TempFolder folder;
  std::string got;
  std::string message;
  for (int i = 0; i < 300'000; ++i) message += std::to_string(i);
  {
    const FakeClamd clamd(
        [&](ClamdPeer& peer) {
          got = peer.ReadStream();
          peer.Say(Z("stream: OK"));
        },
        folder.path() / "clamd");
    ClamdClient client(Options(clamd.server()));
    ClamdScan scan = client.Begin();
    std::string_view rest = message;
    for (std::size_t piece = 1; !rest.empty(); piece = piece * 2 % 70'001 + 1) {
      scan.Feed(Bytes(rest.substr(0, piece)));
      rest.remove_prefix(std::min(piece, rest.size()));
    }
    EXPECT_EQ(scan.Finish().outcome, Outcome::kClean);
    EXPECT_EQ(client.counts().asked, 1u);
  }
  EXPECT_TRUE(got == message);
}

TEST(ClamdClient, AnEmptyMessageIsAskedAboutToo) {
  const FakeClamd clamd(Answers(Z("stream: OK")));
  ClamdClient client(Options(clamd.server()));
  EXPECT_EQ(client.Begin().Finish().outcome, Outcome::kClean);
}

TEST(ClamdClient, WhatIsBeyondItsBoundIsNotSentAndNotClean) {
  std::string got;
  {
    const FakeClamd clamd([&](ClamdPeer& peer) {
      got = peer.ReadStream();
      peer.Say(Z("stream: OK"));
    });
    ClamdOptions options = Options(clamd.server());
    options.most_bytes = 100'000;
    ClamdClient client(options);
    EXPECT_EQ(Check(client, std::string(100'000, 'x')).outcome, Outcome::kClean);
    EXPECT_EQ(Check(client, std::string(100'001, 'x')).outcome, Outcome::kTooLarge);
  }
  EXPECT_EQ(got.size(), 100'000u);
}

TEST(ClamdClient, WhatIsFoundBeforeTheBoundCounts) {
  const FakeClamd clamd(Answers(Z("stream: Evil FOUND")));
  ClamdOptions options = Options(clamd.server());
  options.most_bytes = 10;
  ClamdClient client(options);
  EXPECT_EQ(Check(client, std::string(100, 'x')).outcome, Outcome::kFound);
}

TEST(ClamdClient, AnAnswerBeforeTheEndIsHeardUnlessItSaysClean) {
  for (const auto& [answer, want] : std::vector<std::pair<std::string, Outcome>>{
           {Z("INSTREAM size limit exceeded. ERROR"), Outcome::kTooLarge},
           {Z("stream: OK"), Outcome::kUnchecked}}) {
    const support::TempFolder folder;
    const FakeClamd clamd([&](ClamdPeer& peer) { peer.Say(answer); }, folder.path() / "clamd");
    ClamdClient client(Options(clamd.server()));
    EXPECT_EQ(Check(client, std::string(4'000'000, 'x')).outcome, want) << answer;
  }
}

TEST(ClamdClient, WaitsNoLongerThanAMessageMay) {
  const FakeClamd clamd([](ClamdPeer& peer) { peer.Hang(); });
  ClamdOptions options = Options(clamd.server());
  options.time = milliseconds(100);
  options.connect_time = milliseconds(100);
  ClamdClient client(options);
  const auto begin = steady_clock::now();
  const ClamdVerdict verdict = Check(client);
  EXPECT_EQ(verdict.outcome, Outcome::kUnchecked);
  EXPECT_EQ(verdict.text, "clamd took too long");
  EXPECT_LT(steady_clock::now() - begin, seconds(20));
}

TEST(ClamdClient, NeverBlocksOnOneThatDoesNotRead) {
  const FakeClamd clamd([](ClamdPeer& peer) { peer.Sleep(); });
  ClamdOptions options = Options(clamd.server());
  options.time = milliseconds(100);
  options.connect_time = milliseconds(100);
  ClamdClient client(options);
  const auto begin = steady_clock::now();
  EXPECT_EQ(Check(client, std::string(20'000'000, 'x')).text, "clamd took too long");
  EXPECT_LT(steady_clock::now() - begin, seconds(20));
}

TEST(ClamdClient, OneThatIsNotThereIsLeftAloneAfterFailures) {
  base::ManualClock clock;
  const support::TempFolder folder;
  const std::string path = folder.path() / "clamd";
  ClamdClient client(Options("unix:" + path), clock);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Check(client).text, HasSubstr("No such file"));
  }
  EXPECT_EQ(Check(client).text, "clamd is left alone after failures");
  EXPECT_EQ(client.counts().skipped, 1u);
  EXPECT_EQ(client.counts().failed, 3u);

  const FakeClamd clamd(Answers(Z("stream: OK")), path);
  EXPECT_EQ(Check(client).outcome, Outcome::kUnchecked);
  clock.Advance(seconds(11));
  EXPECT_EQ(Check(client).outcome, Outcome::kClean);
  EXPECT_EQ(Check(client).outcome, Outcome::kClean);
}

TEST(ClamdClient, AfterItsRestOneFailureIsEnough) {
  base::ManualClock clock;
  const support::TempFolder folder;
  ClamdClient client(Options("unix:" + (folder.path() / "clamd").string()), clock);
  for (int i = 0; i < 3; ++i) Check(client);
  clock.Advance(seconds(11));
  EXPECT_THAT(Check(client).text, HasSubstr("No such file"));
  EXPECT_EQ(Check(client).text, "clamd is left alone after failures");
}

struct Trouble {
  std::string what;
  FakeClamd::Serve serve;
  bool rests;  // clamd is left alone
};

// Else whoever sends three of them would have the mail of all others unchecked.
TEST(ClamdClient, WhatOneMessageCausesIsNotClamdsOwnTrouble) {
  const auto hang = [](ClamdPeer& peer) { peer.Hang(); };
  const auto hang_up = [](ClamdPeer&) {};
  const auto half = [](ClamdPeer& peer) {
    std::string some;
    peer.ReadExactly(1, some);
  };
  const auto never_well = [](const std::string& answer) {
    return [answer](ClamdPeer& peer) {
      peer.ReadCommand();
      peer.Say(answer);
    };
  };
  for (const Trouble& trouble : std::vector<Trouble>{
           {"an error", Answers(Z("stream: Can't allocate memory ERROR")), false},
           {"an error that it always has", never_well(Z("stream: No database ERROR")), false},
           {"too large", Answers(Z("INSTREAM size limit exceeded. ERROR")), false},
           {"works too long on it", Streams(hang), false},
           {"dies of it", Streams(half), false},
           {"hangs up before it", Streams(hang_up), false},
           {"garbage", Answers(Z("what?")), false},
           {"works too long on everything", hang, true},
           {"hangs up at once", hang_up, true},
           {"garbage, always", never_well(Z("220 mx.example.org")), true},
           {"knows no command", never_well(Z("UNKNOWN COMMAND")), true}}) {
    const FakeClamd clamd(trouble.serve);
    ClamdOptions options = Options(clamd.server());
    options.time = trouble.rests ? milliseconds(50) : seconds(2);  // half of it for PING
    if (trouble.rests) options.connect_time = milliseconds(50);
    ClamdClient client(options);
    for (int i = 0; i < 4; ++i) EXPECT_NE(Check(client).outcome, Outcome::kClean) << trouble.what;
    EXPECT_EQ(client.counts().skipped, trouble.rests ? 1u : 0u) << trouble.what;
  }
}

// That is no message's trouble any more: no database, a full disk.
TEST(ClamdClient, OneThatJudgesNothingIsLeftAloneThoughItAnswersPing) {
  base::ManualClock clock;
  std::string answer;
  const FakeClamd clamd(Streams([&answer](ClamdPeer& peer) {
    peer.ReadChunks();
    peer.Say(answer);
  }));
  ClamdClient client(Options(clamd.server()), clock);
  const auto check = [&](const std::string& said, int times) {
    answer = said;
    for (int i = 0; i < times; ++i) Check(client);
  };
  check(Z("stream: No database ERROR"), 19);
  check(Z("stream: OK"), 1);
  check(Z("stream: No database ERROR"), 10);
  check(Z("what?"), 10);
  EXPECT_EQ(client.counts().skipped, 0u);
  EXPECT_EQ(Check(client).text, "clamd is left alone after failures");

  clock.Advance(seconds(11));
  check(Z("what?"), 1);
  EXPECT_EQ(Check(client).text, "clamd is left alone after failures");

  clock.Advance(seconds(11));
  check(Z("stream: OK"), 1);
  check(Z("stream: No database ERROR"), 19);
  EXPECT_EQ(client.counts().skipped, 2u);
}

TEST(ClamdClient, AMessageWaitsNoLongerForThePingToo) {
  const FakeClamd clamd([](ClamdPeer& peer) { peer.Hang(); });
  ClamdOptions options = Options(clamd.server());
  options.time = seconds(2);
  options.connect_time = seconds(2);
  ClamdClient client(options);
  const auto begin = steady_clock::now();
  EXPECT_EQ(Check(client).text, "clamd took too long");
  EXPECT_LT(steady_clock::now() - begin, milliseconds(3'500));
}

TEST(ClamdClient, AMessageThatIsGivenUpIsNoFailure) {
  const FakeClamd clamd(Answers(Z("stream: OK")));
  ClamdClient client(Options(clamd.server()));
  for (int i = 0; i < 10; ++i) client.Begin().Feed(Bytes("half"));
  EXPECT_EQ(client.counts().failed, 0u);
  EXPECT_EQ(Check(client).outcome, Outcome::kClean);
}

TEST(ClamdClient, PingTellsWhetherItIsThere) {
  const FakeClamd clamd([](ClamdPeer& peer) {
    std::string command;
    peer.ReadExactly(6, command);
    peer.Say(command == Z("zPING") ? Z("PONG") : Z("UNKNOWN COMMAND"));
  });
  EXPECT_TRUE(ClamdClient(Options(clamd.server())).Ping());
  EXPECT_FALSE(ClamdClient(Options("unix:/nowhere/clamd")).Ping());
}

TEST(ClamdClient, AServerIsASocketOrAnAddressAndPort) {
  for (const std::string server : {"unix:/run/clamd", "127.0.0.1:3310", "[::1]:3310"}) {
    EXPECT_NO_THROW(ClamdClient{Options(server)}) << server;
  }
  for (const std::string server :
       {"", "unix:", "unix:clamd", "localhost:3310", "127.0.0.1", "127.0.0.1:0"}) {
    EXPECT_THROW(ClamdClient{Options(server)}, std::invalid_argument) << server;
  }
  EXPECT_THROW(ClamdClient{Options("unix:/" + std::string(200, 'a'))}, std::invalid_argument);
}

}  // namespace
}  // namespace gatepost::attachments
