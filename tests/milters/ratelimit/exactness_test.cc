// The program itself, twice, on one real Redis: exactly the limit passes, whatever clients and
// processes do or die of.
#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/milter_client.h"
#include "tests/support/program.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_folder.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using support::Envelope;
using support::Message;
using support::MilterClient;
using support::Program;
using Verdict = support::Reply::Verdict;

const Message kMessage{{{"From", " alice@example.org"}}, "Hello\r\n"};

class ExactnessTest : public testing::Test {
 protected:
  // One of the site's hosts, with these lines under [limits].
  Program StartHost(const std::string& name, const std::string& limits) {
    const std::string program = Write(name + ".toml", "[server]\nsocket = \"" + Socket(name) +
                                                          "\"\n[detector]\nmode = \"off\"\n"
                                                          "[limits]\n" +
                                                          limits + "\n");
    const std::string site =
        Write(name + "-site.toml", "[identity]\nhostname = \"" + name +
                                       ".example.org\"\n[store]\nurl = \"" + redis_.url() +
                                       "\"\nstate_directory = \"" + folder_.path().string() +
                                       "\"\ndeadline = \"5s\"\n[log]\ntarget = \"stderr\"\n");
    auto started =
        Program::Start({GATEPOST_BIN_DIR "/gatepost-ratelimit", "-c", program, "--site", site},
                       folder_.path() / (name + ".log"));
    EXPECT_TRUE(started->WaitForSocket(Socket(name)).has_value()) << started->Log();
    return *std::move(started);
  }

  std::string Socket(const std::string& name) const {
    return "unix:" + (folder_.path() / (name + ".sock")).string();
  }

  std::string Write(const std::string& name, const std::string& text) {
    const auto path = folder_.path() / name;
    std::ofstream(path) << text;
    return path.string();
  }

  MilterClient Client(const std::string& host, const std::string& user) {
    MilterClient client = MilterClient::Start(Socket(host), {.timeout = 20s}).value();
    client.SetMacro("{auth_authen}", user);
    return client;
  }

  static bool Passes(MilterClient& client, const Envelope& envelope = {}) {
    return client.Send(envelope, kMessage).value().reply.GoesOn();
  }

  // In the middle of a message that found room. What others gave back may take a moment to come.
  MilterClient AwaitRoom(const std::string& host) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    for (;;) {
      MilterClient client = Client(host, "alice@example.org");
      EXPECT_TRUE(client.Mail("<alice@example.org>").has_value());
      const bool room = client.Recipient("<bob@example.net>")->GoesOn();
      if (room || std::chrono::steady_clock::now() > deadline) {
        EXPECT_TRUE(room);
        return client;
      }
    }
  }

  // How many of five messages pass within some time.
  int AwaitPasses(MilterClient& client) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    int passed = 0;
    while (passed < 5 && std::chrono::steady_clock::now() < deadline) {
      passed += Passes(client) ? 1 : 0;
    }
    return passed;
  }

  support::TempFolder folder_;
  support::RedisServer redis_;
};

TEST_F(ExactnessTest, ThirtyTwoClientsOfTwoHostsSendNoMessageMoreThanTheLimitAndNoneLess) {
  constexpr int kLimit = 150;
  const std::string limits = "limits = [\"150 messages / day by user\"]";
  Program one = StartHost("one", limits);
  Program two = StartHost("two", limits);
  std::atomic<int> passed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 32; ++i) {
    threads.emplace_back([&, i] {
      MilterClient client = Client(i % 2 == 0 ? "one" : "two", "alice@example.org");
      for (int n = 0; n < 8; ++n) passed += Passes(client) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed, kLimit);
}

TEST_F(ExactnessTest, WhatIsRefusedAbortedOrLostIsGivenBack) {
  Program host = StartHost("one", "limits = [\"5 messages / day by user\"]");
  for (int i = 0; i < 20; ++i) {
    MilterClient client = AwaitRoom("one");
    if (i % 2 == 0) {
      ASSERT_TRUE(client.Abort().has_value());
    }  // else the connection is lost here
  }
  MilterClient client = Client("one", "alice@example.org");
  EXPECT_EQ(AwaitPasses(client), 5);
  EXPECT_FALSE(Passes(client));
}

TEST_F(ExactnessTest, AKilledHostLeaksNothingOnceItsReservationsHaveExpired) {
  const std::string limits = "limits = [\"5 messages / day by user\"]\nreservation_life = \"1s\"";
  Program one = StartHost("one", limits);
  Program two = StartHost("two", limits);
  std::vector<MilterClient> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(Client("one", "alice@example.org"));
    ASSERT_TRUE(clients.back().Mail("<alice@example.org>").has_value());
    ASSERT_TRUE(clients.back().Recipient("<bob@example.net>")->GoesOn());
  }
  one.Signal(SIGKILL);
  MilterClient client = Client("two", "alice@example.org");
  ASSERT_FALSE(Passes(client)) << "all room is reserved";
  EXPECT_EQ(AwaitPasses(client), 5);
  EXPECT_FALSE(Passes(client));
}

}  // namespace
}  // namespace gatepost::ratelimit
