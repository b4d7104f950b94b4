// What a mail server never does. Whatever comes, it ends that connection at most.
#include <fstream>

#include "tests/common/milter/server_process.h"

namespace gatepost::milter_test {
namespace {

using support::Message;
using support::MilterClient;
using Verdict = support::Reply::Verdict;

// The server is well: a whole message passes on a connection of its own.
void ExpectServes(const ServerProcess& server) {
  auto client = server.Client();
  const auto outcome = client.Send({}, Message::Parse("From: a@example.test\n\nHello\n"));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->reply.verdict, Verdict::kContinue);
}

MilterClient Bare(const ServerProcess& server) {
  auto client = MilterClient::Open(server.socket());
  if (!client) throw std::runtime_error(client.error().message);
  return *std::move(client);
}

long ResidentKilobytes(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

TEST(Frames, OfAHundredThousandBytesPass) {
  ServerProcess server({});
  auto client = server.Client();
  ASSERT_TRUE(client.Mail("<a@example.test>"));
  ASSERT_TRUE(client.Recipient("<b@example.test>"));
  ASSERT_TRUE(client.Header({"X-Long", " " + std::string(102'400, 'x')}));
  ASSERT_TRUE(client.EndOfHeaders());
  EXPECT_GT(server.WaitFor("header X-Long").size(), 102'400U);
  EXPECT_TRUE(client.EndOfMessage());
}

TEST(Frames, ThatAreTooLongEndTheirConnectionAlone) {
  for (const std::size_t megabytes : {3, 10}) {
    ServerProcess server({});
    auto bystander = server.Client();
    ASSERT_TRUE(bystander.Mail("<a@example.test>"));
    ASSERT_TRUE(bystander.Recipient("<b@example.test>"));
    auto client = server.Client();
    ASSERT_TRUE(client.Mail("<a@example.test>"));
    // The server may hang up before all is sent.
    (void)client.SendFrame('L', "X-Long\0" + std::string(megabytes << 20, 'x') + '\0');
    (void)client.WaitForClose();
    EXPECT_TRUE(bystander.EndOfMessage());
    ExpectServes(server);
  }
}

TEST(Frames, WithImpossibleLengthsEndTheirConnectionAlone) {
  ServerProcess server({});
  for (const std::uint32_t length : {0x7fffffffU, 0x80000000U, 0xffffffffU, 0x10000000U}) {
    auto client = server.Client();
    ASSERT_TRUE(client.SendFrameWithLength(length, 'L', "X"));
    (void)client.channel().CloseWriting();
    EXPECT_TRUE(client.WaitForClose()) << length;
  }
  ExpectServes(server);
}

TEST(Frames, CutShortEndTheirConnectionWithItsLastByte) {
  ServerProcess server({});
  for (const std::size_t bytes : {1, 4, 5, 6, 20}) {
    auto client = server.Client();
    ASSERT_TRUE(client.Mail("<a@example.test>"));
    const std::string frame = support::EncodeFrame('L', std::string("X-Name\0 some value\0", 19));
    ASSERT_TRUE(client.SendBytes(frame.substr(0, bytes)));
    client.channel().CloseWriting();
    EXPECT_TRUE(client.WaitForClose()) << bytes;
    EXPECT_EQ(server.WaitFor("gone"), "gone");
  }
  ExpectServes(server);
}

TEST(Frames, ThatNeverEndHoldNobodyElse) {
  ServerProcess server({});
  std::vector<MilterClient> stuck;
  for (int i = 0; i < 8; ++i) {
    stuck.push_back(server.Client());
    ASSERT_TRUE(stuck.back().SendBytes(std::string("\0\0\1\0L", 5)));
  }
  ExpectServes(server);
}

TEST(Frames, WithEveryLetterAndNoPayloadAreSurvived) {
  ServerProcess server({});
  for (int letter = 1; letter < 256; ++letter) {
    auto client = server.Client();
    ASSERT_TRUE(client.Mail("<a@example.test>"));
    ASSERT_TRUE(client.SendFrame(static_cast<char>(letter), {}));
  }
  ExpectServes(server);
}

TEST(Frames, WithMissingTerminatorsAreSurvived) {
  ServerProcess server({});
  for (const char letter : std::string("CHMRLBNEO")) {
    for (const std::string& payload :
         {std::string("x"), std::string("\0", 1), std::string("a\0b", 3), std::string("\0\0", 2),
          std::string("<a@b")}) {
      auto client = server.Client();
      if (letter != 'C' && letter != 'H') {
        ASSERT_TRUE(client.Mail("<a@example.test>"));
      }
      ASSERT_TRUE(client.SendFrame(letter, payload));
    }
  }
  ExpectServes(server);
}

TEST(Commands, OutOfOrderAreIgnored) {
  ServerProcess server({});
  for (const std::string order : {"MRLNBE", "E", "B", "L", "NN", "RR", "MM", "ME", "LMBNRE", "AAAA",
                                  "MABE", "MRAAMRE", "TTT", "UU", "HHHH", "MH", "MRLH"}) {
    auto client = Bare(server);
    for (const char letter : order) {
      const std::string payload =
          letter == 'L' ? std::string("X\0 v\0", 5) : std::string("<a@example.test>\0", 17);
      ASSERT_TRUE(client.SendFrame(letter, std::string("EANT").find(letter) < 4 ? "" : payload));
    }
    client.channel().CloseWriting();
    EXPECT_TRUE(client.WaitForClose()) << order;
  }
  ExpectServes(server);
}

TEST(Commands, MayNegotiateTwice) {
  ServerProcess server({});
  auto client = Bare(server);
  ASSERT_TRUE(client.Negotiate());
  (void)client.SendFrame('O', std::string("\0\0\0\6\0\0\1\xff\0\x1f\xff\xff", 12));
  client.channel().CloseWriting();
  EXPECT_TRUE(client.WaitForClose());
  ExpectServes(server);
}

TEST(Connections, ThatComeAndGoAreCheap) {
  ServerProcess server({"quiet=1"});
  for (int i = 0; i < 500; ++i) Bare(server);
  ExpectServes(server);
}

TEST(Connections, ByTheThousandMayIdle) {
  ServerProcess server({"quiet=1"});
  const long before = ResidentKilobytes(server.pid());
  std::vector<MilterClient> idle;
  for (int i = 0; i < 1000; ++i) idle.push_back(server.Client());
  ExpectServes(server);
  const long used = ResidentKilobytes(server.pid()) - before;
  RecordProperty("kilobytes_for_1000_idle_connections", static_cast<int>(used));
  for (auto& client : idle) {
    ASSERT_TRUE(client.Mail("<a@example.test>"));
    ASSERT_TRUE(client.Recipient("<b@example.test>"));
  }
  for (auto& client : idle) ASSERT_TRUE(client.EndOfMessage());
}

}  // namespace
}  // namespace gatepost::milter_test
