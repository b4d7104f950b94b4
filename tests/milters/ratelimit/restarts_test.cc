// Redis is killed and comes back every two seconds while 64 sessions send ordinary mail: none of it
// is lost, each message is counted once, and the program ends well. Most telling under
// ThreadSanitizer, whose reports make the program's exit status 66. GATEPOST_RESTARTS sets how
// often; the ordinary run is short.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include "common/limits/limit.h"
#include "common/store/keys.h"
#include "common/store/limit_state.h"
#include "tests/milters/ratelimit/message_stream.h"
#include "tests/support/redis_server.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using support::MilterClient;
using support::Program;

constexpr auto kPeriod = 2s;
constexpr auto kAway = 500ms;
constexpr const char* kMessages = "1000000 messages / day by user";
constexpr const char* kRecipients = "1000000 recipients / day by user";
// Six users who send so much would be stopped where the detector acts.
constexpr const char* kOptions = R"([detector]
mode = "shadow"
[limits]
limits = ["1000000 messages / day by user", "1000000 recipients / day by user"]
)";
constexpr int kRecipientsOfAMessage = 3;

int Restarts() {
  const char* const wanted = std::getenv("GATEPOST_RESTARTS");
  return wanted ? std::atoi(wanted) : 2;
}

class RestartsTest : public testing::Test {
 protected:
  // What Redis has counted for all users of the stream.
  std::int64_t Counted(const char* line) const {
    const std::string slot = limits::Limit::Parse(line)->slot();
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())
                         .time_since_epoch()
                         .count();
    std::int64_t sum = 0;
    for (int i = 0; i < MessageStream::kUsers; ++i) {
      const auto key = store::KeyMaker::Limits("user " + MessageStream::User(i));
      const std::string reply = redis_.Command({"GET", key.text()});  // "$3\r\nabc\r\n"
      const auto start = reply.find('\n') + 1;
      const auto state = store::LimitState::Parse(
          std::string_view(reply).substr(start, reply.size() - std::min(reply.size(), start + 2)));
      if (state) sum += state->Used(slot, now);
    }
    return sum;
  }

  // What was let through while Redis was away is handed over a little later.
  std::int64_t AwaitCounted(const char* line, std::int64_t wanted) const {
    const auto deadline = steady_clock::now() + 60s;
    while (Counted(line) < wanted && steady_clock::now() < deadline) {
      std::this_thread::sleep_for(20ms);
    }
    return Counted(line);
  }

  // It stays away for a moment, so that mail is counted without it.
  void Restart() {
    redis_.Kill();
    std::this_thread::sleep_for(kAway);
    redis_.Start();
  }

  support::RedisServer redis_{{"--appendonly", "yes", "--appendfsync", "no"}};
  RatelimitHosts hosts_{redis_.url()};
};

TEST_F(RestartsTest, LoseNoMailAndNoCountOfSixtyFourSessions) {
  Program host = hosts_.Start("one", kOptions);
  MessageStream stream(hosts_, "one", {.clients = 64, .pause = 50ms});
  auto next = steady_clock::now();
  for (int i = 0; i < Restarts(); ++i) {
    std::this_thread::sleep_until(next += kPeriod);
    Restart();
  }
  std::this_thread::sleep_until(next += kPeriod);
  stream.End();
  const auto seen = stream.Take();

  EXPECT_EQ(seen.lost, 0);
  EXPECT_GT(seen.messages, 64);
  EXPECT_EQ(AwaitCounted(kMessages, seen.messages), seen.messages);
  const std::int64_t recipients = std::int64_t{kRecipientsOfAMessage} * seen.messages;
  EXPECT_EQ(AwaitCounted(kRecipients, recipients), recipients);
  const auto status = host.Stop();
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(*status, 0);
  EXPECT_EQ(RatelimitHosts::Count(host.Log(), "ThreadSanitizer"), 0);
  if (HasFailure()) std::cout << host.Log();
  std::cout << Restarts() << " restarts, " << seen.messages << " messages, " << seen.median_ms
            << " ms (median) to " << seen.slowest_ms << " ms\n";
}

}  // namespace
}  // namespace gatepost::ratelimit
